/** Ulimits, OOM score and the size of /dev/shm change under the running process, with the limits or without. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import { eventually, readText } from '../support/lab.ts'
import { labPrefix } from '../support/leaks.ts'
import { patienceMs, pidOf } from '../support/limits-matrix.ts'
import { saidIn } from '../support/log-text.ts'
import { holding, shmSize } from '../support/process-rows.ts'
import { openRealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'
import { containerOf, desiredOf, mib } from '../support/specs.ts'

function openHost(t: TestContext) {
  const folder = mkdtempSync(labPrefix)
  const host = openRealHost(folder)
  t.after(async () => {
    host.close()
    await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
  })
  return host
}

test('with a limit of its cgroup they change in one pass, and what is recorded is what the process has', async t => {
  const host = openHost(t)
  const first = { ulimits: { nofile: { soft: 512, hard: 1024 } }, oomScoreAdj: 100, shmSizeBytes: 16 * mib }
  const pid = pidOf(await host.converge(holding(first), patienceMs))
  const spec = { ulimits: { nofile: { soft: 256, hard: 512 } }, oomScoreAdj: 200, shmSizeBytes: 8 * mib }
  const changed = { spec: { command: ['sleep', '1000'], ...spec }, limits: { pids: 16, memoryBytes: 64 * mib } }
  const desired = desiredOf([containerOf('web', changed)])
  const { plan, steps } = await host.pass(desired)
  assert.deepEqual(
    [plan.steps.map(({ action, class: how }) => [action.kind, how]), steps.map(({ result }) => result)],
    [
      [
        ['update-record', 'in-place'],
        ['update-limits', 'in-place'],
      ],
      ['done', 'done'],
    ],
  )
  const next = await host.pass(desired)
  assert.deepEqual([next.plan.steps, pidOf(next)], [[], pid])
  assert.equal(shmSize(pid), '8192k')
  assert.match(readText(`/proc/${pid}/limits`), /^Max open files +256 +512 /m)
  assert.equal(readText(`/proc/${pid}/oom_score_adj`).trim(), '200')
})

test('what a manifest does not say any more, and what needs another right, makes a new container', async t => {
  const host = openHost(t)
  const first = { ulimits: { nofile: { soft: 512, hard: 1024 } } }
  const before = await host.converge(holding(first), patienceMs)
  const after = await host.converge(holding({}), patienceMs)
  assert.notEqual(after.observed.containers[0]?.id, before.observed.containers[0]?.id)
  assert.notEqual(pidOf(after), pidOf(before))
})

test('a /dev/shm is not made smaller than what is in it: the refusal says how much, and the old size stays', async t => {
  const host = openHost(t)
  const script = 'head -c 8388608 /dev/zero >/dev/shm/full; echo full; exec sleep 1000'
  const at = (shmSizeBytes: number) =>
    desiredOf([containerOf('web', { spec: { command: ['sh', '-c', script], shmSizeBytes } })])
  const begun = await host.converge(at(32 * mib), patienceMs)
  const pid = pidOf(begun)
  const { log } = containerPaths(host.deps.paths, begun.observed.containers[0]?.id ?? '')
  await eventually(
    () => saidIn(log) === 'full\n',
    patienceMs,
    () => 'it is not full',
  )
  const refused = await host.pass(at(4 * mib))
  assert.match(
    JSON.stringify(refused.steps),
    /\/dev\/shm: can't be made 4194304 bytes small while 8388608 bytes are in use; the old size stays/,
  )
  assert.deepEqual([shmSize(pid), pidOf(await host.pass(at(32 * mib)))], ['32768k', pid])
})
