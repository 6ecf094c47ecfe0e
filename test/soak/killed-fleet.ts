import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { probeRoot } from '../../src/dataroot/layout/root.ts'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { beginInjected, callText, type ErrorName, type Injected, placesOf } from '../support/fault-injector.ts'
import { type Cleaning, eventually, type Lab, labOptions, makeLab } from '../support/lab.ts'
import { type Fleet, openFleet } from './fleet.ts'
import type { Random } from './random.ts'

/** Ten containers whose manifests change while passes over them are killed. */
export type KilledFleet = {
  /** One change, one pass under it with a fault, one undisturbed `--once`. Tells whether the fault was met. */
  readonly round: (fault: 'kill' | ErrorName) => Promise<boolean>
  /** Removes all of it and looks for what is left. */
  readonly close: () => Promise<void>
}

const main = resolve(import.meta.dirname, '../../build/reconcile.cjs')
const errorRounds = ['--once'] as const
const killRounds = ['--once', 'watch'] as const

export async function openKilledFleet(cleaning: Cleaning, random: Random): Promise<KilledFleet> {
  const lab = makeLab(cleaning)
  const fleet = openFleet(lab, random)
  await lab.expect(0, '--once', lab.manifests)
  fleet.assertNothingLost()
  // about as many calls as a pass makes: most faults are met, early and late ones alike
  let usual = 300
  const round = async (fault: 'kill' | ErrorName) => {
    const at = 1 + random.below(Math.ceil(usual * 0.8))
    const mode = random.pick(fault === 'kill' ? killRounds : errorRounds)
    const { injected, changes } = await (mode === 'watch' ? watched : passed)(lab, fleet, { fault, at })
    const where = `${changes}; ${mode}, ${fault} at call ${at}${injected.struck === null ? '' : ` (${callText(injected.struck)})`}`
    if (injected.struck === null) usual = Math.max(60, Math.round((usual * 3 + injected.calls.length) / 4))
    else usual = Math.min(2000, usual + 10)
    try {
      assertEnded(injected, fault)
      fleet.assertNothingLost()
      await lab.expect(0, '--once', lab.manifests)
      await assertConverged(lab, fleet)
    } catch (error) {
      throw new Error(`${where}: ${error instanceof Error ? error.message : error}\n${injected.output}`, {
        cause: error,
      })
    }
    return injected.struck !== null
  }
  return { round, close: () => closeFleet(lab, fleet) }
}

type Disturbance = { readonly fault: 'kill' | ErrorName; readonly at: number }
type Disturbed = { readonly injected: Injected; readonly changes: string }

async function passed(lab: Lab, fleet: Fleet, disturbance: Disturbance): Promise<Disturbed> {
  const changes = fleet.change()
  return { changes, injected: await begin(lab, ['--once', lab.manifests], disturbance).ended }
}

/** Changes come while it watches; it is ended where the fault was not met. */
async function watched(lab: Lab, fleet: Fleet, disturbance: Disturbance): Promise<Disturbed> {
  const { child, ended, output } = begin(lab, [lab.manifests], disturbance)
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  await eventually(
    () => isOver() || output().includes('watching'),
    30_000,
    () => `it doesn't watch: ${output()}`,
  )
  const changes = fleet.change()
  const patienceMs = performance.now() + 5000
  await eventually(
    () => isOver() || performance.now() > patienceMs,
    10_000,
    () => 'no end',
  )
  if (!isOver()) child.kill('SIGTERM')
  return { changes, injected: await ended }
}

const begin = (lab: Lab, args: readonly string[], { fault, at }: Disturbance) =>
  beginInjected(
    {
      fault,
      at,
      countsReads: fault !== 'kill',
      below: placesOf(lab),
      log: join(lab.folder, 'calls'),
    },
    [process.execPath, main, ...labOptions(lab), ...args],
    { cwd: lab.manifests },
  )

function assertEnded({ code, signal, struck, output }: Injected, fault: 'kill' | ErrorName): void {
  assert.equal(signal, struck !== null && fault === 'kill' ? 'SIGKILL' : null)
  assert.doesNotMatch(output, /^\s+at .*:\d+:\d+\)?$/m, 'a stack trace is no message')
  assert.ok(code === null || code === 0 || output.trim() !== '', `exit ${code} without a word`)
}

async function assertConverged(lab: Lab, fleet: Fleet): Promise<void> {
  fleet.assertNothingLost()
  assert.match((await lab.expect(0, 'plan', lab.manifests)).stdout, /nothing to do/)
  const running = fleet.running().length
  const containers = readdirSync(join(lab.root, 'containers')).length
  const runs = runsOf(lab)
  assert.deepEqual({ containers, runs: runs.length }, { containers: fleet.declared().length, runs: running })
}

function runsOf(lab: Lab): string[] {
  const root = probeRoot(dataRootPaths(lab.root, lab.run))
  const path = root.ok && root.value !== null ? join(lab.run, root.value.rootId) : ''
  return existsSync(path) ? readdirSync(path) : []
}

async function closeFleet(lab: Lab, fleet: Fleet): Promise<void> {
  await lab.expect(0, 'down', lab.manifests)
  fleet.assertNothingLost()
  assert.deepEqual([readdirSync(join(lab.root, 'containers')), runsOf(lab)], [[], []])
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
}
