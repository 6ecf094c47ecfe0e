import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { ConvergeDeps } from '../../src/converge/deps.ts'
import { execute } from '../../src/converge/executors.ts'
import { creatingContainer, readRecord } from '../../src/dataroot/objects/containers.ts'
import { readDockerState } from '../../src/dataroot/docker/state.ts'
import { readExitRecord } from '../../src/dataroot/records/exit-record.ts'
import { runAtOnce } from '../../src/dataroot/files/disk-work.ts'
import { containerPaths, dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot } from '../../src/dataroot/layout/root.ts'
import { listVolumes } from '../../src/dataroot/objects/volumes.ts'
import type { Action } from '../../src/model/action.ts'
import { fail, type Failure, ok, unknown } from '../../src/model/errors.ts'
import type { Reason } from '../../src/model/plan.ts'
import type { ContainerRecord } from '../../src/model/record.ts'
import type { Core, Started } from '../../src/runtime/core.ts'
import { fakeHost, unlimitedLimits } from '../support/fake-host.ts'
import { containerOf, freshRestarts, idOf, mib, recordOf, volumeOf } from '../support/specs.ts'

const id = idOf(1)
const boot = 'boot-a'
const started: Started = {
  pid: 70,
  startTicks: '700',
  shimPid: 60,
  shimStartTicks: '600',
  startedAtMs: 4000,
  warnings: [],
  limits: unlimitedLimits,
}

/** A core without a kernel below it: every operation succeeds unless the test says otherwise. */
const modelCore = (wish: Partial<Core> = {}): Core => ({
  bootId: boot,
  features: { overlay: true, overlayTried: false, overlayWhy: '' },
  start: async () => ok(started),
  stop: async () => ok(undefined),
  update: async (_, limits) => ok({ limits }),
  mount: async () => ok({ busy: false }),
  adopt: async () => ok(started),
  repair: async () => ok({ processes: 1 }),
  names: async () => ok([]),
  network: () => assert.fail('no network is made here'),
  networkRemove: () => assert.fail('no network is removed here'),
  interfaces: async () => ok(undefined),
  links: async () => ok({ host: null, containers: {} }),
  resolver: async () => ok({ version: null, served: [] }),
  lookAtResolver: async () => ok({ version: null, served: [] }),
  nft: () => assert.fail('no rule is looked at here'),
  proxy: async () => ok({ version: null, served: [] }),
  lookAtProxy: async () => ok({ version: null, served: [] }),
  cleanup: async () => ok(undefined),
  unpack: () => assert.fail('no layer is unpacked here'),
  assemble: () => assert.fail('no layer is assembled here'),
  sync: () => assert.fail('nothing is synced here'),
  copyUp: () => assert.fail('no volume is filled here'),
  copyTree: () => assert.fail('no tree is copied here'),
  lock: () => ok({ release: () => {} }),
  watch: () => ok(undefined),
  isBeingWritten: () => null,
  watchNetwork: () => ok(undefined),
  watchPaths: () => {},
  watchPathAnew: () => {},
  unwatch: () => {},
  signal: () => ok(undefined),
  notify: () => ok(undefined),
  onEvent: () => () => {},
  close: () => {},
  ...wish,
})

function lab(t: TestContext, core: Partial<Core> = {}) {
  const host = fakeHost()
  t.after(host.remove)
  const paths = dataRootPaths(join(host.dir, 'root'), join(host.dir, 'run'))
  const root = openRoot(paths, { create: true })
  assert.ok(root.ok)
  const { rootId } = root.value
  const deps: ConvergeDeps = {
    paths,
    rootId,
    core: modelCore(core),
    now: () => 5000,
    heldCapabilities: 0n,
    makeCgroupRoom: async () => ok(undefined),
    readRunFacts: () => unknown('there is no process'),
    readBoundFiles: async () => ({}),
    beginPull: () => {},
  }
  const run = (action: Action, reason: Reason = { code: 'missing' }) => {
    const subject = { kind: 'container', name: 'web', id } as const
    return execute(deps, { id: 1, subject, action, reason, class: 'create', after: [], position: null })
  }
  const create = (wish: Partial<ContainerRecord> = {}, container = containerOf('web')) => {
    const made = { version: 1, id, declaration: recordOf(container), origin: container.origin, createdAtMs: 1 } as const
    const fresh = {
      limits: unlimitedLimits,
      anonymousVolumes: {},
      image: null,
      restarts: freshRestarts,
      run: null,
      stop: null,
    }
    runAtOnce(creatingContainer(paths, { ...made, ...fresh, ...wish }))
  }
  const record = () => {
    const read = readRecord(paths, id)
    assert.ok(read.known && read.value !== null)
    return read.value
  }
  const docker = () => {
    const state = readDockerState(paths, id)
    assert.ok(state.known && state.value !== null)
    return state.value
  }
  return { host, paths, rootId, run, create, record, docker }
}

const start = (restart: boolean, streak: number): Action => ({ kind: 'start-container', id, restart, streak })
const run = { process: { pid: 70, startTicks: '700', bootId: boot }, startedAtMs: 4000 }

test('a created container has its record, its layer and Docker files', async t => {
  const { paths, run: execute, record, docker } = lab(t)
  const container = containerOf('web')
  const action = {
    kind: 'create-container',
    id,
    container,
    limits: unlimitedLimits,
    anonymousVolumes: {},
    image: null,
  } as const
  assert.ok((await execute(action)).ok)
  assert.equal(record().declaration.digest, container.digest)
  assert.equal(docker().status, 'created')
  assert.ok(existsSync(containerPaths(paths, id).upper))
})

test('a start records its run, ends the stop before it and counts a restart', async t => {
  const { run: execute, create, record, docker } = lab(t)
  create({ stop: { sinceMs: 1, graceMs: 1 } })
  const done = await execute(start(true, 3))
  assert.ok(done.ok)
  assert.equal(done.value.pid, 70)
  assert.deepEqual(record().run, run)
  assert.equal(record().stop, null)
  assert.deepEqual(record().restarts, { count: 1, streak: 3, requestedAtMs: null, failedStart: null })
  assert.deepEqual([docker().status, docker().pid], ['running', 70])
})

test('a start that is no automatic restart begins the count anew', async t => {
  const { run: execute, create, record } = lab(t)
  create({ restarts: { ...freshRestarts, count: 5, streak: 5, requestedAtMs: 99 } })
  assert.ok((await execute(start(false, 0))).ok)
  assert.deepEqual(record().restarts, freshRestarts)
})

test('a failed start is recorded with its reason and the exit code of Docker', async t => {
  const failure: Failure = { code: 'E_EXEC_PERM', message: 'exec /x: permission denied (EACCES)' }
  const { run: execute, create, record, docker } = lab(t, { start: async () => fail(failure) })
  create()
  const done = await execute(start(false, 1))
  assert.deepEqual(done, fail(failure))
  assert.deepEqual(record().restarts.failedStart, { atMs: 5000, message: failure.message, code: 126 })
  assert.deepEqual([docker().status, docker().exitCode, docker().error], ['created', 126, failure.message])
})

test('a start whose volume is not there fails as a start', async t => {
  const { run: execute, create, record } = lab(t)
  const mounts = [{ type: 'volume', name: 'none', target: '/d', readOnly: false, noCopy: false }] as const
  create({}, containerOf('web', { spec: { mounts } }))
  const done = await execute(start(false, 0))
  assert.equal(!done.ok && done.error.code, 'E_GONE')
  assert.equal(record().restarts.failedStart?.message, 'no such volume: none')
})

test('a stop is recorded once it was asked for', async t => {
  const { run: execute, create, record } = lab(t)
  create({ run })
  const action = { kind: 'begin-stop', id, stop: { signal: 'SIGTERM', graceMs: 700 } } as const
  assert.ok((await execute(action)).ok)
  assert.deepEqual(record().stop, { sinceMs: 5000, graceMs: 700 })
})

test('a stop that nobody could take is not recorded', async t => {
  const { run: execute, create, record } = lab(t, { stop: async () => fail({ code: 'E_BUSY', message: 'busy' }) })
  create({ run })
  assert.equal((await execute({ kind: 'begin-stop', id, stop: { signal: 'SIGTERM', graceMs: 700 } })).ok, false)
  assert.equal((await execute({ kind: 'begin-stop', id, stop: { signal: 'NOPE', graceMs: 700 } })).ok, false)
  assert.equal(record().stop, null)
})

test('a stop that comes when the container has just ended is no failure, and nothing to record', async t => {
  const lost = fail<Failure>({ code: 'E_SHIM', message: 'no shim' })
  const gone = fail<Failure>({ code: 'E_GONE', message: 'it is no more' })
  const stop = { kind: 'begin-stop', id, stop: { signal: 'SIGTERM', graceMs: 700 } } as const
  const ended = lab(t, { stop: async () => lost, adopt: async () => gone, signal: () => gone })
  ended.create({ run })
  assert.ok((await ended.run(stop)).ok)
  assert.equal(ended.record().stop, null)
  const alive = lab(t, { stop: async () => lost, adopt: async () => gone })
  alive.create({ run })
  assert.equal((await alive.run(stop)).ok, false)
})

test('a lost shim is replaced before a stop', async t => {
  let adopted = false
  const lost = fail<Failure>({ code: 'E_SHIM', message: 'no shim' })
  const { run: execute, create } = lab(t, {
    stop: async () => (adopted ? ok(undefined) : lost),
    adopt: async () => ((adopted = true), ok(started)),
  })
  create({ run })
  assert.ok((await execute({ kind: 'begin-stop', id, stop: { signal: 'SIGTERM', graceMs: 700 } })).ok)
})

test('limits are recorded as they were asked for, whatever somebody wrote meanwhile, and shown as declared in Docker files', async t => {
  const foreign = { ...unlimitedLimits, memoryBytes: 32 * mib }
  const { paths, run: execute, create, record } = lab(t, { update: async () => ok({ limits: foreign }) })
  create({ run })
  const container = containerOf('web', { limits: { memoryBytes: 64 * mib + 1 } })
  const limits = { ...unlimitedLimits, memoryBytes: 64 * mib }
  const done = await execute({ kind: 'update-limits', id, limits, container })
  assert.deepEqual(done.ok && done.value.limitsReadBack, foreign)
  assert.deepEqual(record().limits, limits)
  assert.equal(record().declaration.limits.memoryBytes, 64 * mib + 1)
  assert.match(readFileSync(containerPaths(paths, id).hostConfig, 'utf8'), /"Memory":67108865/)
})

test('a start records the limits that it was asked for, whatever the payload has made of them already', async t => {
  const foreign = { ...started, limits: { ...unlimitedLimits, pids: 999 } }
  const { run: execute, create, record } = lab(t, { start: async () => ok(foreign) })
  create({ limits: { ...unlimitedLimits, pids: 20 } })
  assert.ok((await execute(start(false, 0))).ok)
  assert.equal(record().limits.pids, 20)
})

test('refused limits leave the record as it was', async t => {
  const { run: execute, create, record } = lab(t, { update: async () => fail({ code: 'E_CGROUP', message: 'in use' }) })
  create({ run })
  const container = containerOf('web', { limits: { memoryBytes: mib } })
  assert.equal((await execute({ kind: 'update-limits', id, limits: unlimitedLimits, container })).ok, false)
  assert.equal(record().declaration.limits.memoryBytes, null)
})

test('an exit that no shim wrote down is written once, so that it stays the same', async t => {
  const { paths, rootId, run: execute, create, docker } = lab(t)
  create({ run })
  const exit = { kind: 'unknown', why: 'the host restarted while it ran', atMs: 7000 } as const
  assert.ok((await execute({ kind: 'record-exit', id }, { code: 'exit-seen', exit })).ok)
  const written = readExitRecord(paths, rootId, id)
  assert.ok(written.known && written.value !== null)
  assert.deepEqual([written.value.finishedAtMs, written.value.code, written.value.pid], [7000, null, 70])
  assert.deepEqual([docker().status, docker().exitCode, docker().startedAtMs], ['exited', 255, 4000])
})

test('a deleted container goes with the volumes that it is told, and again when it was half gone', async t => {
  const { paths, run: execute, create } = lab(t)
  const volume = idOf(7)
  for (const [name, anonymous] of [
    [volume, true],
    ['kept', false],
  ] as const)
    assert.ok((await execute({ kind: 'create-volume', name, volume: anonymous ? null : volumeOf(name), anonymous })).ok)
  create()
  rmSync(containerPaths(paths, id).layer, { recursive: true })
  assert.ok((await execute({ kind: 'delete-container', id, deleteVolumes: [volume, idOf(8)] })).ok)
  assert.equal(existsSync(containerPaths(paths, id).dir), false)
  const left = listVolumes(paths)
  assert.deepEqual(left.ok && left.value.map(({ name }) => name), ['kept'])
})

test('a volume changes its record and keeps its data', async t => {
  const { paths, run: execute } = lab(t)
  const volume = volumeOf('data')
  assert.ok((await execute({ kind: 'create-volume', name: 'data', volume, anonymous: false })).ok)
  const changed = { ...volume, removal: 'delete', labels: { a: 'b' } } as const
  assert.ok((await execute({ kind: 'update-volume', name: 'data', volume: changed })).ok)
  const listed = listVolumes(paths)
  const record = listed.ok ? listed.value[0]?.record : undefined
  assert.deepEqual(record?.known && record.value?.labels, { a: 'b' })
  assert.ok((await execute({ kind: 'delete-volume', name: 'data' })).ok)
  assert.equal(existsSync(join(paths.volumes, 'data')), false)
})
