import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import type { ObservedContainer } from '../../src/model/observed.ts'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { eventually, readText } from './lab.ts'
import { allColumns, cgroupDir, countLimitEvents, patienceMs, pidOf, type Row } from './limits-matrix.ts'
import type { RealHost } from './real-host.ts'
import { containerOf, desiredOf } from './specs.ts'

/** The state of the freezer: no manifest declares it, every container runs thawed. */
export async function frozenRow(host: RealHost): Promise<Row> {
  const desired = desiredOf([containerOf('web', { spec: { command: ['sleep', '1000'] } })])
  const first = await host.converge(desired, patienceMs)
  const pid = pidOf(first)
  const freezer = freezerOf(pid)
  assert.equal(freezer.isFrozen(), false)
  assert.equal(seenFrozen(first.observed.containers[0]?.look), false)
  const events = countLimitEvents(host)
  freezer.freeze()
  await eventually(
    () => events.count() > 0 && freezer.isFrozen(),
    patienceMs,
    () => 'nobody told that it was frozen',
  )
  events.end()
  assert.equal(seenFrozen((await host.observe(desired)).containers[0]?.look), true)
  const healed = await host.pass(desired)
  assert.deepEqual(
    healed.plan.steps.map(step => [step.action.kind, step.class]),
    [['repair-run', 'in-place']],
  )
  assert.equal(freezer.isFrozen(), false)
  assert.equal(pidOf(await host.converge(desired, patienceMs)), pid)
  return { ...allColumns('freezer state', 'ok'), set: 'always thawed', 'changed in place': 'none to declare' }
}

const seenFrozen = (look: ObservedContainer['look']) => look?.known === true && look.value.kernel.frozen

function freezerOf(pid: number) {
  const isUnified = readCgroupMounts('/proc').kind === 'v2'
  const dir = cgroupDir(pid, isUnified ? null : 'freezer')
  return isUnified
    ? {
        freeze: () => writeFileSync(`${dir}/cgroup.freeze`, '1'),
        isFrozen: () => /^frozen 1$/m.test(readText(`${dir}/cgroup.events`)),
      }
    : {
        freeze: () => writeFileSync(`${dir}/freezer.state`, 'FROZEN'),
        isFrozen: () => readText(`${dir}/freezer.state`).trim() === 'FROZEN',
      }
}
