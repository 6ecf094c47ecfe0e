import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { listContainers } from '../../../src/dataroot/objects/containers.ts'
import { fsck } from '../../../src/dataroot/images/fsck.ts'
import { listStores } from '../../../src/dataroot/images/list-stores.ts'
import { fullName } from '../../../src/model/identity.ts'
import { layerTar } from '../../../src/image/copy-layer.ts'
import type { Core } from '../../../src/runtime/core.ts'
import { callText, type Injected, type Injection } from '../../support/fault-injector.ts'
import { value } from '../../support/registry-client.ts'
import { census, layerTrees, outside } from './census.ts'
import { assertEngineLists } from './engine.ts'
import { namesOf, type Scenario } from './scenarios.ts'
import type { Stage } from './stage.ts'

/** What an undisturbed round leaves. */
export type Reference = { readonly census: readonly string[]; readonly trees: ReadonlyMap<string, string> }

export type Round = { readonly injected: Injected; readonly reference: Reference }
export type RoundOptions = Pick<Injection, 'fault' | 'at' | 'countsReads'> & {
  /** null: this round is the reference */
  readonly reference: Reference | null
  readonly asksEngine?: boolean
}

/**
 * Puts the data-root to where the scenario begins and runs its command, with a fault. Throws unless what is left is whole,
 * `fsck` names the rest, and the command, repeated, comes to its end.
 */
export async function runRound(stage: Stage, core: Core, scenario: Scenario, options: RoundOptions): Promise<Round> {
  const { fault, at, reference, asksEngine = false } = options
  stage.restore()
  await scenario.begin?.(stage)
  const injected = await stage.injected(scenario.command(stage), options)
  const { struck } = injected
  const where = struck === null ? 'without fault' : `${fault} at call ${at} (${callText(struck)})`
  try {
    assertEnded(injected, options)
    await assertKnown(stage)
    await assertWhole(stage, core, scenario)
    if (asksEngine) await assertEngineLists(stage)
    // both ways must do: collecting first, or going on at once
    if (at % 2 === 1) await stage.lab.expect(0, 'fsck', '--repair')
    if (scenario.repeat !== undefined) await scenario.repeat(stage)
    else await stage.lab.expect(0, ...scenario.command(stage))
    await assertWhole(stage, core, scenario)
    return { injected, reference: await assertFinished(stage, scenario, reference) }
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}\n${injected.output}`, { cause: error })
  }
}

/** By the kill, or by itself: with a readable error, or in spite of one. */
function assertEnded({ code, signal, struck, output }: Injected, { fault }: RoundOptions): void {
  if (fault === 'kill' && struck !== null) return assert.equal(signal, 'SIGKILL')
  assert.equal(signal, null)
  assert.doesNotMatch(output, /^\s+at .*:\d+:\d+\)?$/m, 'a stack trace is no message')
  if (struck === null) assert.equal(code, 0)
  else assert.ok(code === 0 || output.trim() !== '', `exit ${code} without a word`)
}

/** `fsck` finds no damage; what nothing owns it names. */
async function assertKnown({ lab }: Stage): Promise<void> {
  const { code, stdout, stderr } = await lab.reconcile('fsck')
  assert.ok(code === 0 || code === 2, `fsck: exit ${code} ${stdout}${stderr}`)
}

/** Everything that can be seen is whole, byte for byte. */
async function assertWhole(stage: Stage, core: Core, { staying }: Scenario): Promise<void> {
  const { bad, layers, references } = value(listStores(stage.at))
  assert.deepEqual(bad, [])
  const names = namesOf(references)
  for (const name of staying) assert.ok(names.includes(name), `${name} is not listed any more`)
  for (const layer of layers.values()) {
    // ends by an error unless the layer is what its DiffID says
    for await (const piece of layerTar({ at: stage.at, core }, layer)) assert.ok(piece.length > 0)
  }
}

async function assertFinished(stage: Stage, { finished }: Scenario, before: Reference | null): Promise<Reference> {
  const { lab, paths } = stage
  assert.deepEqual(namesOf(value(listStores(stage.at)).references), finished.images)
  const { records } = value(listContainers(paths))
  assert.deepEqual(
    records.map(({ record }) => fullName(record.declaration.name)),
    finished.containers,
  )
  const trees = layerTrees(stage)
  assert.equal(outside(stage).filter(line => line.startsWith('run ')).length, finished.containers.length)
  if (finished.containers.length > 0) await lab.expect(0, 'down', lab.manifests)
  assert.deepEqual([...outside(stage), ...readdirSync(paths.containers)], [])
  if (value(fsck(paths)).litter.length > 0) await lab.expect(0, 'fsck', '--repair')
  const { litter, damage } = value(fsck(paths))
  assert.deepEqual([litter, damage], [[], []])
  const reference = { census: census(stage), trees }
  if (before === null) return reference
  assert.deepEqual(trees, before.trees)
  assert.deepEqual(reference.census, before.census)
  return before
}
