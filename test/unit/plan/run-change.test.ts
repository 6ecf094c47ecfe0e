import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerSpec } from '../../../src/model/desired.ts'
import type { SeenRun } from '../../../src/model/run-facts.ts'
import { isAsWanted, runChange } from '../../../src/plan/run-change.ts'
import { lookOf } from '../../support/model-looks.ts'
import * as specs from '../../support/specs.ts'

const nofile = (soft: number, hard: number) => ({ ulimits: { nofile: { soft, hard } } })
const before: Partial<ContainerSpec> = { ...nofile(1024, 4096), oomScoreAdj: 300 }

function change(wanted: Partial<ContainerSpec>, kernel: Partial<SeenRun> = {}, phase = specs.runningSince(0)) {
  const look = { known: true, value: lookOf(kernel) } as const
  const seen = specs.seen(specs.containerOf('web', { spec: before }), phase, { look })
  const container = specs.containerOf('web', { spec: { ...before, ...wanted } })
  const found = runChange(container.spec, seen, specs.observedOf())
  assert.equal(
    isAsWanted(container, null, seen, specs.observedOf()),
    found !== null || container.digest === seen.declaration.digest,
  )
  return found
}

test('ulimits, the OOM score and the size of /dev/shm are changed under the running process', () => {
  const wanted = { ...nofile(2048, 8192), oomScoreAdj: -5, shmSizeBytes: 5 * specs.mib }
  assert.deepEqual(change(wanted), {
    process: { pid: 4711, startTicks: '99', bootId: specs.bootId },
    repairs: [
      { what: 'setUlimit', resource: 'nofile', soft: 2048, hard: 8192 },
      { what: 'setOomScore', value: -5 },
    ],
    shmSizeBytes: 5 * specs.mib,
  })
  assert.equal(change({}), null)
})

test('with anything else, or when it does not run, a new container has them', () => {
  assert.equal(change({ ...nofile(1, 1), command: ['other'] }), null)
  assert.equal(change(nofile(1, 1), {}, specs.exitedWith(0)), null)
})

test('what is not declared any more is what a new process begins with', () => {
  assert.equal(change({ ulimits: {} }), null)
  assert.equal(change({ oomScoreAdj: null }), null)
})

test('without CAP_SYS_RESOURCE only limits of a process of root are lowered, and no score goes below 0', () => {
  const poor = { mayRaiseHardLimits: false, uid: 0 }
  assert.deepEqual(change(nofile(64, 4096), poor)?.repairs.length, 1)
  assert.equal(change(nofile(64, 4097), poor), null)
  assert.equal(change(nofile(64, -1), poor), null)
  assert.equal(change(nofile(64, 64), { ...poor, uid: 1000 }), null)
  assert.equal(change({ ulimits: { ...before.ulimits, core: { soft: 0, hard: 0 } } }, poor), null)
  assert.equal(change({ oomScoreAdj: -1 }, poor), null)
  assert.deepEqual(change({ oomScoreAdj: 0 }, poor)?.repairs, [{ what: 'setOomScore', value: 0 }])
})

test("the host's /dev/shm is not resized", () => {
  const namespaces = { ...specs.plainSpec.namespaces, ipc: 'host' } as const
  const container = specs.containerOf('web', { spec: { ...before, namespaces } })
  const look = { known: true, value: lookOf() } as const
  const seen = specs.seen(container, specs.runningSince(0), { look })
  assert.equal(runChange({ ...container.spec, shmSizeBytes: 1 }, seen, specs.observedOf()), null)
})
