/** Who writes a limit back at the very moment of its repair is noticed, too: what was asked for stays recorded, and five heals are a fight. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import type { Outcome } from '../../src/model/outcome.ts'
import type { Core } from '../../src/runtime/core.ts'
import { cgroupOf } from '../support/lab.ts'
import { labPrefix } from '../support/leaks.ts'
import { patienceMs, pidOf } from '../support/limits-matrix.ts'
import { openRealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'
import { containerOf, desiredOf, mib } from '../support/specs.ts'

function openHost(t: TestContext, wrap?: (core: Core) => Core) {
  const folder = mkdtempSync(labPrefix)
  const host = openRealHost(folder, wrap)
  t.after(async () => {
    host.close()
    await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
  })
  return host
}

const reasons = ({ plan }: Outcome) => plan.steps.map(({ reason }) => reason.code)

test('somebody writes a limit between our write and our reading it back: drift, five times, then a fight', async t => {
  let pid = 0
  const foreign = () => writeFileSync(`${cgroupOf(pid, 'pids')}/pids.max`, '999')
  const host = openHost(t, core => ({
    ...core,
    update: async (id, limits) => {
      const updated = await core.update(id, limits)
      foreign()
      return updated.ok ? { ok: true, value: { limits: { ...updated.value.limits, pids: 999 } } } : updated
    },
  }))
  const desired = desiredOf([containerOf('web', { spec: { command: ['sleep', '1000'] }, limits: { pids: 20 } })])
  pid = pidOf(await host.converge(desired, patienceMs))
  foreign()
  for (let heal = 0; heal < 5; heal++) assert.deepEqual(reasons(await host.pass(desired)), ['drifted'])
  const { plan, observed } = await host.pass(desired)
  assert.deepEqual([plan.steps, plan.left?.map(({ why }) => why.code)], [[], ['fighting']])
  assert.equal(observed.containers[0]?.recordedLimits.pids, 20)
})

test('ulimits that a manifest changes in place renew their own facts: what drifted beside them at that moment is healed', async t => {
  let isChanging = false
  let pid = 0
  const drift = () => writeFileSync(`/proc/${pid}/oom_score_adj`, '500')
  const host = openHost(t, core => ({
    ...core,
    repair: async (id, process, repair) => {
      if (isChanging) drift()
      return core.repair(id, process, repair)
    },
  }))
  const at = (soft: number) => {
    const spec = { command: ['sleep', '1000'], ulimits: { nofile: { soft, hard: 1024 } }, oomScoreAdj: 100 }
    return desiredOf([containerOf('web', { spec, limits: { memoryBytes: 64 * mib } })])
  }
  pid = pidOf(await host.converge(at(512), patienceMs))
  isChanging = true
  assert.deepEqual(reasons(await host.pass(at(256))), ['record-changed'])
  isChanging = false
  const { plan, steps } = await host.pass(at(256))
  assert.deepEqual(
    plan.steps.map(({ reason }) => reason.code === 'deviated' && reason.deviation.field),
    ['oomScoreAdj'],
  )
  assert.deepEqual(
    steps.map(({ result }) => result),
    ['done'],
  )
  assert.deepEqual((await host.pass(at(256))).plan.steps, [])
})
