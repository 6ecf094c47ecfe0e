import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { suite, type TestContext, test } from 'node:test'
import { tidyRoot } from '../../src/dataroot/objects/tidy.ts'
import { findUnrecordedRuns } from '../../src/observe/unrecorded-runs.ts'
import { fail } from '../../src/model/errors.ts'
import type { Core } from '../../src/runtime/core.ts'
import { labPrefix } from '../support/leaks.ts'
import { openRealHost, type RealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'
import { beforeEachChange } from './boundaries.ts'
import { assertSettled } from './settled.ts'
import { stages, type StageName } from './stages.ts'

const tooMany = 400

const noSpace = () =>
  Object.assign(new Error('no space left on device'), { code: 'ENOSPC', errno: -28, syscall: 'write' })

/** Lets one change fail, the first, then the second, …: a step fails, no pass does, and the next ones complete it. */
async function failEverywhere(t: TestContext, name: StageName): Promise<void> {
  const folder = mkdtempSync(labPrefix)
  const host = openRealHost(folder)
  t.after(async () => {
    host.close()
    await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
  })
  const { from, desired } = stages[name]
  for (let chosen = 1; ; chosen++) {
    assert.ok(chosen < tooMany)
    for (const stage of from) await host.converge(stages[stage].desired)
    let changes = 0
    const restore = beforeEachChange(`${folder}/root`, () => {
      if (++changes === chosen) throw noSpace()
    })
    const where = `${name}, full at change ${chosen}`
    const outcome = await host.converge(desired).finally(restore)
    assert.ok(
      (await tidyRoot(host.deps.paths, findUnrecordedRuns(host.deps.paths, host.deps.rootId), Date.now())).ok,
      where,
    )
    await assertSettled(host, outcome, where)
    if (changes < chosen) return t.diagnostic(`failed at ${chosen - 1} changes`)
  }
}

suite('a full disk fails a step, never a pass, and nothing is left when there is room again', () => {
  for (const name of ['up', 'limits', 'recreate', 'stopped', 'down'] as const) test(name, t => failEverywhere(t, name))
})

type Operation = 'start' | 'stop' | 'update' | 'cleanup'

/** The first call of an operation fails; what comes after works. */
const failingOnce = (core: Core, name: Operation): Core => {
  let failed = false
  const operation = core[name] as (...args: unknown[]) => ReturnType<Core[Operation]>
  const once = (...args: unknown[]) => {
    if (failed) return operation(...args)
    failed = true
    return Promise.resolve(fail({ code: 'E_IO' as const, message: 'input/output error (EIO)', errno: 'EIO' }))
  }
  return { ...core, [name]: once }
}

/** Where the first pass of a stage needs the operation. */
const neededIn: Readonly<Record<Operation, { readonly from: readonly StageName[]; readonly stage: StageName }>> = {
  start: { from: ['down'], stage: 'up' },
  update: { from: ['up'], stage: 'limits' },
  stop: { from: ['up'], stage: 'stopped' },
  cleanup: { from: ['up', 'stopped'], stage: 'down' },
}

for (const [name, { from, stage }] of Object.entries(neededIn))
  test(`a failed ${name} of the core is tried again`, async t => {
    const folder = mkdtempSync(labPrefix)
    const open: RealHost[] = []
    t.after(async () => {
      for (const host of open) host.close()
      await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
    })
    const plain = openRealHost(folder)
    open.push(plain)
    for (const before of from) await plain.converge(stages[before].desired)
    const failing = openRealHost(folder, core => failingOnce(core, name as Operation))
    open.push(failing)
    const first = await failing.pass(stages[stage].desired)
    assert.ok(first.steps.some(({ result }) => result === 'failed'))
    assert.notEqual(first.retryAfterMs, null)
    const outcome = await failing.converge(stages[stage].desired)
    await assertSettled(failing, outcome, name)
  })
