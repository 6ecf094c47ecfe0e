import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync } from 'node:fs'
import { suite, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tidyRoot } from '../../src/dataroot/objects/tidy.ts'
import { findUnrecordedRuns } from '../../src/observe/unrecorded-runs.ts'
import { labPrefix } from '../support/leaks.ts'
import { openRealHost, type RealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'
import { assertSettled } from './settled.ts'
import { stages, type StageName } from './stages.ts'

const tooMany = 400

/** Kills a pass of its own process at its first effect, its second, … until one gets to its end. */
async function killEverywhere(t: TestContext, name: StageName): Promise<void> {
  const folder = mkdtempSync(labPrefix)
  t.after(() => removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` }))
  const { from, since, desired } = stages[name]
  let kills = 0
  for (let chosen = 1; ; chosen++) {
    assert.ok(chosen < tooMany)
    for (const stage of from) await withHost(folder, host => host.converge(stages[stage].desired))
    if (since !== undefined) killProcess(folder, since)
    const killed = await runKilled(folder, name, chosen)
    const where = `${name}, killed at effect ${chosen}`
    await withHost(folder, async host => {
      assert.ok(
        (await tidyRoot(host.deps.paths, findUnrecordedRuns(host.deps.paths, host.deps.rootId), Date.now())).ok,
        where,
      )
      const outcome = await host.converge(desired)
      await assertSettled(host, outcome, where)
    })
    if (!killed) break
    kills++
  }
  t.diagnostic(`killed at ${kills} effects`)
  assert.ok(kills > 5)
}

/** Of the one run that there is. */
function killProcess(folder: string, since: 'payload-killed' | 'shim-killed'): void {
  const [state, ...others] = globSync(`${folder}/run/*/*/state`)
  assert.ok(state !== undefined && others.length === 0)
  const { pid, shimPid } = JSON.parse(readFileSync(state, 'utf8')) as { readonly pid: number; readonly shimPid: number }
  process.kill(since === 'shim-killed' ? shimPid : pid, 'SIGKILL')
}

async function withHost<T>(folder: string, act: (host: RealHost) => Promise<T>): Promise<T> {
  const host = openRealHost(folder)
  try {
    return await act(host)
  } finally {
    host.close()
  }
}

/** True when it was killed, false when it got to its end; anything else is a failure. */
async function runKilled(folder: string, stage: StageName, chosen: number): Promise<boolean> {
  const script = fileURLToPath(new URL('./killed-pass.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder, stage, `${chosen}`], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', chunk => (output += chunk))
  child.stderr.on('data', chunk => (output += chunk))
  const timer = setTimeout(() => child.kill('SIGTERM'), 20_000)
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  clearTimeout(timer)
  assert.ok(code === 0 || signal === 'SIGKILL', `${stage} ${chosen}: exit ${code} ${signal}\n${output}`)
  return signal === 'SIGKILL'
}

suite('a pass that is killed at any effect is completed by the next one', { concurrency: 3 }, () => {
  for (const name of Object.keys(stages) as StageName[]) test(name, t => killEverywhere(t, name))
})
