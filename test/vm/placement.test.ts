/** On cgroup v2 a freeze, a container that was moved out of its cgroup and a controller that is gone are seen by events, and undone in place. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { eventually, readText } from '../support/lab.ts'
import { labPrefix } from '../support/leaks.ts'
import { openRealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'
import { containerOf, desiredOf } from '../support/specs.ts'

const top = readCgroupMounts('/proc').unified ?? ''
const patienceMs = 60_000

test('who freezes it, moves it out or takes a controller away is heard at once and undone under the same process', async t => {
  const folder = mkdtempSync(labPrefix)
  const host = openRealHost(folder)
  t.after(async () => {
    host.close()
    await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
  })
  const stop = { signal: 'SIGTERM', graceMs: 500 }
  const desired = desiredOf([containerOf('web', { stop, spec: { command: ['sleep', '1000'] }, limits: { pids: 32 } })])
  const { observed } = await host.converge(desired, patienceMs)
  const [container = assert.fail('no container')] = observed.containers
  assert.ok(container.phase.known && container.phase.value.phase === 'running')
  const { pid } = container.phase.value.process
  const parent = `${top}/reconcile-${host.deps.rootId}`
  const cgroup = `${parent}/${container.id}`
  let heard = 0
  host.deps.core.onEvent(({ type }) => void (type === 'limits' && heard++))
  const deeds: Readonly<Record<string, readonly [() => void, () => boolean]>> = {
    frozen: [
      () => writeFileSync(`${cgroup}/cgroup.freeze`, '1'),
      () => /^frozen 0$/m.test(readText(`${cgroup}/cgroup.events`)),
    ],
    cgroup: [
      () => writeFileSync(`${top}/cgroup.procs`, `${pid}`),
      () => readText(`${cgroup}/cgroup.procs`).trim() === `${pid}`,
    ],
    pids: [
      () => writeFileSync(`${parent}/cgroup.subtree_control`, '-pids'),
      () => readText(`${cgroup}/pids.max`).trim() === '32',
    ],
  }
  for (const [field, [disturb, isUndone]] of Object.entries(deeds)) {
    const before = heard
    disturb()
    if (field !== 'pids')
      await eventually(
        () => heard > before,
        1000,
        () => `no event told of ${field}`,
      )
    const { plan } = await host.pass(desired)
    assert.equal(plan.steps.length, 1, `${field}: ${JSON.stringify(plan.steps)}`)
    await eventually(isUndone, 5000, () => `${field} is as it was made`)
    const after = await host.converge(desired, patienceMs)
    const phase = after.observed.containers[0]?.phase
    assert.ok(phase?.known && phase.value.phase === 'running' && phase.value.process.pid === pid, field)
  }
})
