import assert from 'node:assert/strict'
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { markDeleting, writeDockerState, writeRecord } from '../../src/dataroot/objects/containers.ts'
import { exitedState } from '../../src/dataroot/docker/state.ts'
import { containerPaths, dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { createVolume } from '../../src/dataroot/objects/volumes.ts'
import { registerWatcher } from '../../src/dataroot/sources/watchers.ts'
import type { ExitRecord } from '../../src/model/record.ts'
import { observe } from '../../src/observe/observe.ts'
import { fakeHost, unlimitedLimits } from '../support/fake-host.ts'
import { fakeRoot } from '../support/fake-root.ts'
import { containerOf, desiredOf, idOf } from '../support/specs.ts'

const exitRecord = (id: string, bootId: string, wish: Partial<ExitRecord> = {}): string => {
  const times = { startedAtMs: 1000, finishedAtMs: 2000 }
  const how = { code: 7, signal: null, oomKilled: false, stopRequested: false, logLinesLost: 0 }
  return JSON.stringify({ version: 1, containerId: id, bootId, pid: 70, startTicks: '700', ...times, ...how, ...wish })
}

const id = idOf(1)

test('before there is a data-root nothing is observed but the kernel', async t => {
  const host = fakeHost()
  t.after(host.remove)
  const paths = dataRootPaths(join(host.dir, 'none'), join(host.dir, 'run'))
  const seen = await observe({ paths, rootId: null, now: () => 1, procRoot: host.procRoot }, desiredOf([]))
  assert.deepEqual([seen.containers, seen.volumes, seen.operations], [[], [], []])
  assert.equal(seen.kernel.cgroup, 'v1')
  assert.equal(seen.kernel.cpus, '0-1')
  assert.equal(seen.bootId, host.bootId)
})

test('a limit whose file the kernel lacks is not enforceable', async t => {
  const { host, look } = fakeRoot(t)
  rmSync(host.cgroupFile('memory', '', 'memory.memsw.limit_in_bytes'))
  const { enforceable } = (await look()).kernel
  assert.equal(enforceable.memorySwapBytes, false)
  assert.equal(enforceable.memoryBytes, true)
  assert.equal(enforceable.pids, true)
})

test('a running container has its kernel limits in normal form', async t => {
  const { host, rootId, only, create, setState } = fakeRoot(t)
  create(id)
  setState(id)
  host.setProcess(70, '700')
  host.setProcess(60, '600')
  host.setLimits(`reconcile-${rootId}/${id}`, { 'memory.limit_in_bytes': '67108864', 'cpuset.cpus': '0,1' })
  const { container, phase } = await only()
  const process = { pid: 70, startTicks: '700', bootId: host.bootId }
  assert.deepEqual(phase, { phase: 'running', process, startedAtMs: 1000, shim: 'alive' })
  assert.deepEqual(container.kernelLimits, { known: true, value: { ...unlimitedLimits, memoryBytes: 67108864 } })
})

test('an unreadable limit file makes the kernel limits unknown, not absent', async t => {
  const { host, rootId, only, create, setState } = fakeRoot(t)
  create(id)
  setState(id)
  host.setProcess(70, '700')
  host.setProcess(60, '600')
  host.setLimits(`reconcile-${rootId}/${id}`, { 'pids.max': 'many' })
  const { container } = await only()
  assert.equal(container.kernelLimits?.known, false)
})

test('a pid that now belongs to another process is not the container', async t => {
  const { host, only, create, setState } = fakeRoot(t)
  create(id, { run: { process: { pid: 70, startTicks: '700', bootId: host.bootId }, startedAtMs: 1000 } })
  setState(id)
  host.setProcess(70, '701')
  const { phase } = await only()
  assert.equal(phase?.phase, 'exited')
})

test('an exit is recorded once config.v2.json tells of that run', async t => {
  const { host, paths, only, create } = fakeRoot(t)
  const record = create(id)
  writeFileSync(containerPaths(paths, id).exit, exitRecord(id, host.bootId))
  const before = await only()
  const exit = { kind: 'code', code: 7, atMs: 2000 } as const
  assert.deepEqual(before.phase, { phase: 'exited', exit, startedAtMs: 1000 })
  assert.equal(before.container.exitRecorded, false)
  assert.ok((await writeDockerState(paths, record, exitedState(exit, 1000))).ok)
  assert.equal((await only()).container.exitRecorded, true)
})

test('an ending shim is given the moment that it needs to write the exit', async t => {
  const { host, paths, only, create, setState } = fakeRoot(t)
  create(id)
  setState(id)
  host.setProcess(60, '600')
  host.setProcess(70, '700', 'Z')
  setTimeout(() => writeFileSync(containerPaths(paths, id).exit, exitRecord(id, host.bootId)), 20)
  setTimeout(() => host.endProcess(60), 40)
  const { phase } = await only()
  assert.equal(phase?.phase, 'exited')
})

test('a run directory with a held lock and no state is a start under way', async t => {
  const { host, runDir, only, create } = fakeRoot(t)
  create(id)
  mkdirSync(runDir(id), { recursive: true })
  writeFileSync(join(runDir(id), 'lock'), '')
  assert.equal((await only()).phase?.phase, 'created')
  const { dev, ino } = statSync(join(runDir(id), 'lock'))
  host.lock(dev, ino)
  assert.equal((await only()).phase?.phase, 'starting')
})

test('half-made and half-deleted containers are seen as such', async t => {
  const { paths, only, create } = fakeRoot(t)
  create(id)
  rmSync(containerPaths(paths, id).config)
  assert.equal((await only()).phase?.phase, 'creating')
  assert.ok(markDeleting(paths, id).ok)
  assert.equal((await only()).phase?.phase, 'deleting')
})

test('a damaged record is unreadable, known by its second copy, and never absent', async t => {
  const { paths, only, create } = fakeRoot(t)
  create(id)
  writeFileSync(containerPaths(paths, id).record, '{"version": 1')
  const { container } = await only()
  assert.equal(container.phase.known, false)
  assert.equal(container.declaration.name.name, 'web')
})

test('a stop is an operation while its own run lasts', async t => {
  const { host, paths, only, create, setState } = fakeRoot(t)
  const run = { process: { pid: 70, startTicks: '700', bootId: host.bootId }, startedAtMs: 1000 }
  const record = create(id, { run, stop: { sinceMs: 5000, graceMs: 20_000 } })
  setState(id)
  host.setProcess(70, '700')
  host.setProcess(60, '600')
  const operation = { kind: 'stop', containerId: id, sinceMs: 5000, graceMs: 20_000 }
  assert.deepEqual((await only()).operations, [operation])
  const before = { process: { ...run.process, pid: 50 }, startedAtMs: 900 }
  assert.ok((await writeRecord(paths, { ...record, run: before })).ok)
  assert.deepEqual((await only()).operations, [])
})

test('a container is watched while a process watches its source', async t => {
  const { host, paths, only, create } = fakeRoot(t)
  const { origin } = create(id)
  assert.equal((await only()).container.watched, false)
  host.setProcess(88, '880')
  const watcher = { pid: 88, startTicks: '880', bootId: host.bootId }
  assert.ok(registerWatcher(paths, origin.source, watcher, 1, host.procRoot).ok)
  assert.equal((await only()).container.watched, true)
  host.endProcess(88)
  assert.equal((await only()).container.watched, false)
})

test('volumes are seen with their owners, also those that nobody declared', async t => {
  const { paths, look } = fakeRoot(t)
  const { origin } = containerOf('web')
  assert.ok(
    createVolume(paths, { version: 1, name: 'data', anonymous: false, removal: 'delete', labels: { a: 'b' }, origin })
      .ok,
  )
  mkdirSync(join(paths.volumes, 'strange', '_data'), { recursive: true })
  assert.deepEqual((await look()).volumes, [
    { name: 'data', origin, removal: 'delete', labels: { a: 'b' }, anonymous: false },
    { name: 'strange', origin: null, removal: 'keep', labels: {}, anonymous: false },
  ])
})

test('bind sources are looked at where the desired state names them', async t => {
  const { host, look } = fakeRoot(t)
  const bind = (source: string) =>
    ({
      type: 'bind',
      source,
      target: source,
      readOnly: false,
      recursive: true,
      propagation: 'rprivate',
      createSource: false,
    }) as const
  writeFileSync(join(host.dir, 'file'), '')
  const sources = [host.dir, join(host.dir, 'file'), join(host.dir, 'none'), '/dev/null']
  const { bindSources } = await look(desiredOf([containerOf('web', { spec: { mounts: sources.map(bind) } })]))
  const kinds = sources.map(source => {
    const seen = bindSources[source]
    return seen?.known === true ? seen.value : seen
  })
  assert.deepEqual(kinds, ['directory', 'file', 'absent', 'other'])
})

test('fifty running containers are observed in well under 100 ms', async t => {
  const { host, rootId, look, create, setState } = fakeRoot(t)
  for (let n = 1; n <= 50; n++) {
    create(idOf(n))
    setState(idOf(n), { pid: 1000 + n, shimPid: 2000 + n })
    host.setProcess(1000 + n, '700')
    host.setProcess(2000 + n, '600')
    host.setLimits(`reconcile-${rootId}/${idOf(n)}`, {})
  }
  const times = []
  for (let round = 0; round < 5; round++) {
    const begun = performance.now()
    const { containers } = await look()
    times.push(performance.now() - begun)
    assert.equal(containers.filter(({ kernelLimits }) => kernelLimits?.known).length, 50)
  }
  t.diagnostic(`${Math.min(...times).toFixed(1)} ms at best, ${Math.max(...times).toFixed(1)} ms at worst`)
  assert.ok(Math.min(...times) < 100)
})
