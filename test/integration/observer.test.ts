/** A watcher of many containers reads what an event is about, and not the rest; what isn't simply so is read from the ground. */
import { deepEqual, equal } from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import { markDeleting } from '../../src/dataroot/objects/containers.ts'
import type { BindMount, DesiredContainer } from '../../src/model/desired.ts'
import type { ObservedState } from '../../src/model/observed.ts'
import { Observer } from '../../src/observe/observer.ts'
import { fakeRoot } from '../support/fake-root.ts'
import { bind } from '../support/mount-lab.ts'
import { containerOf, desiredOf, idOf, mib, recordOf } from '../support/specs.ts'

const [a, b] = [idOf(1), idOf(2)]
const processes = { [a]: { pid: 70, shimPid: 60 }, [b]: { pid: 71, shimPid: 61 } }
const desired = desiredOf([])

/** Two that run, and one look at all of it. */
async function twoRunning(t: TestContext) {
  const root = fakeRoot(t)
  const { host, rootId } = root
  const setMemory = (id: string, bytes: number) =>
    host.setLimits(`reconcile-${rootId}/${id}`, { 'memory.limit_in_bytes': `${bytes}` })
  for (const [id, process] of Object.entries(processes)) {
    root.create(id)
    root.setState(id, process)
    host.setProcess(process.pid, '700')
    host.setProcess(process.shimPid, '600')
    setMemory(id, 64 * mib)
  }
  const time = { nowMs: 9000 }
  const observer = new Observer({ paths: root.paths, rootId, now: () => time.nowMs, procRoot: host.procRoot })
  const all = await observer.observe(desired, 'all')
  const touched = (wanted = desired) => observer.observe(wanted, 'touched')
  return { ...root, observer, all, touched, time, setMemory }
}

const memory = ({ containers }: ObservedState) =>
  containers.map(({ kernelLimits }) => (kernelLimits?.known ? kernelLimits.value.memoryBytes : null))
const isAll = ({ fresh }: ObservedState) => fresh === undefined

test('what nothing has marked is not read: it may even be gone', async t => {
  const { host, all, touched, time } = await twoRunning(t)
  equal(isAll(all), true)
  for (const name of ['root', 'run', 'cgroup', 'proc']) renameSync(join(host.dir, name), join(host.dir, `no-${name}`))
  time.nowMs = 9500
  const seen = await touched()
  deepEqual(seen, { ...all, nowMs: 9500, fresh: new Set() })
})

test('what was marked is read again, and it alone', async t => {
  const { observer, touched, setMemory } = await twoRunning(t)
  for (const id of [a, b]) setMemory(id, 32 * mib)
  observer.mark(a)
  const seen = await touched()
  deepEqual([memory(seen), seen.fresh], [[32 * mib, 64 * mib], new Set([a])])
  const after = await touched()
  deepEqual([memory(after), after.fresh], [[32 * mib, 64 * mib], new Set()])
  deepEqual(memory(await observer.observe(desired, 'all')), [32 * mib, 32 * mib])
})

test('what is marked while a look goes on is read again', async t => {
  const { observer, touched, setMemory } = await twoRunning(t)
  const looking = observer.observe(desired, 'all')
  observer.mark(b)
  await looking
  setMemory(b, 16 * mib)
  deepEqual(memory(await touched()), [64 * mib, 16 * mib])
})

type Root = Awaited<ReturnType<typeof twoRunning>>
const events: Readonly<Record<string, (root: Root) => void>> = {
  'a process that ended': ({ host }) => host.endProcess(70),
  'a shim that is lost': ({ host }) => host.endProcess(60),
  'a cgroup that is gone': ({ host, rootId }) =>
    rmSync(join(host.cgroupFile('memory', `reconcile-${rootId}/${a}`, '')), { recursive: true }),
  'a record that is gone': ({ paths }) => rmSync(containerPaths(paths, a).record),
  'a record that is damaged': ({ paths }) => writeFileSync(containerPaths(paths, a).record, '{'),
  'a container that is being deleted': ({ paths }) => void markDeleting(paths, a),
}
for (const [what, happens] of Object.entries(events))
  test(`${what} is a look at all, for it may be about more than itself`, async t => {
    const root = await twoRunning(t)
    happens(root)
    root.setMemory(b, 48 * mib)
    root.observer.mark(a)
    const seen = await root.touched()
    equal(isAll(seen), true)
    equal(memory(seen).includes(48 * mib), true)
  })

test('other manifests, lost events and a container that nobody saw before are a look at all', async t => {
  const { observer, touched } = await twoRunning(t)
  equal(isAll(await touched(desiredOf([]))), true)
  equal(isAll(await touched()), true)
  equal(isAll(await touched()), false)
  observer.forget()
  equal(isAll(await touched()), true)
  observer.mark(idOf(3))
  equal(isAll(await touched()), true)
})

/** Two that run as manifests say. */
async function twoDeclared(t: TestContext) {
  const root = await twoRunning(t)
  const wanted = ['one', 'two'].map(name => containerOf(name, { ports: [] }))
  for (const [index, id] of [a, b].entries()) {
    const record = { ...root.create(id), declaration: recordOf(wanted[index] ?? containerOf('none')) }
    writeFileSync(containerPaths(root.paths, id).record, JSON.stringify(record))
  }
  const [one, two] = wanted as [DesiredContainer, DesiredContainer]
  await root.touched(desiredOf([one, two]))
  for (const id of [a, b]) root.setMemory(id, 32 * mib)
  return { ...root, one, two }
}

test('of a change in manifests that asks nothing else of the host its container is read, and then all', async t => {
  const { touched, one, two } = await twoDeclared(t)
  const changed = desiredOf([one, { ...two, labels: { other: '1' } }])
  const seen = await touched(changed)
  deepEqual([memory(seen), seen.fresh], [[64 * mib, 32 * mib], new Set([b])])
  deepEqual(memory(await touched(changed)), [32 * mib, 32 * mib])
})

const others: Readonly<Record<string, (one: DesiredContainer, two: DesiredContainer) => DesiredContainer[]>> = {
  'the same words again': (one, two) => [one, two],
  'one more container': (one, two) => [one, two, containerOf('three')],
  'a container less': one => [one],
  'another name': (one, two) => [one, { ...two, name: containerOf('three').name }],
  'another mount': (one, two) => [one, { ...two, spec: { ...two.spec, mounts: [bind('/', '/host')] } }],
  'another port': (one, two) => [
    one,
    { ...two, ports: [{ protocol: 'tcp', hostAddress: null, hostPort: 80, containerPort: 80 }] },
  ],
}
for (const [what, changed] of Object.entries(others))
  test(`${what} in manifests: all is looked at`, async t => {
    const { touched, one, two } = await twoDeclared(t)
    equal(isAll(await touched(desiredOf(changed(one, two)))), true)
  })

/** Both run; each binds a file of its own, and `wish` says how. */
async function twoBinding(t: TestContext, wish: Partial<BindMount> = {}) {
  const root = await twoRunning(t)
  const sources = ['a', 'b'].map(name => join(root.host.dir, name))
  const spec = (source = '') => ({ mounts: [bind(source, '/conf', wish)] })
  for (const [index, id] of [a, b].entries()) {
    writeFileSync(sources[index] ?? '', 'first')
    const record = { ...root.create(id), declaration: recordOf(containerOf('web', { spec: spec(sources[index]) })) }
    writeFileSync(containerPaths(root.paths, id).record, JSON.stringify(record))
  }
  const wanted = desiredOf(sources.map((source, index) => containerOf(`c${index}`, { spec: spec(source) })))
  await root.observer.observe(wanted, 'all')
  for (const id of [a, b]) root.setMemory(id, 32 * mib)
  return { ...root, source: sources[0] ?? '', look: () => root.touched(wanted) }
}

test('of what happens to a bind source the containers that bind it are read, and no others', async t => {
  const { observer, source, look } = await twoBinding(t)
  writeFileSync(source, 'second')
  observer.markSource(source)
  const seen = await look()
  deepEqual([memory(seen), seen.fresh], [[32 * mib, 64 * mib], new Set([a])])
  deepEqual((await look()).fresh, new Set())
})

test('a bind source of another kind, that is gone, that must be a mount point or that nobody binds is a look at all', async t => {
  const { observer, source, look } = await twoBinding(t)
  rmSync(source)
  observer.markSource(source)
  equal(isAll(await look()), true)
  mkdirSync(source)
  observer.markSource(source)
  equal(isAll(await look()), true)
  observer.markSource('/nobody/binds/this')
  equal(isAll(await look()), true)
  const required = await twoBinding(t, { requireMount: true })
  required.observer.markSource(required.source)
  equal(isAll(await required.look()), true)
})

test('after a look that failed nothing is remembered', async t => {
  const { host, observer, touched, setMemory } = await twoRunning(t)
  const containers = join(host.dir, 'root/containers')
  renameSync(containers, `${containers}-away`)
  writeFileSync(containers, 'no directory')
  await observer.observe(desired, 'all').then(
    () => equal('it succeeded', ''),
    () => {},
  )
  rmSync(containers)
  renameSync(`${containers}-away`, containers)
  setMemory(a, 8 * mib)
  const seen = await touched()
  deepEqual([isAll(seen), memory(seen)], [true, [8 * mib, 64 * mib]])
})

test('a process whose end its shim has written down is read alone', async t => {
  const { host, paths, observer, touched, setMemory } = await twoRunning(t)
  host.endProcess(70)
  host.endProcess(60)
  const run = { pid: 70, startTicks: '700', bootId: host.bootId, startedAtMs: 1000, finishedAtMs: 8000 }
  const exit = { version: 1, containerId: a, ...run, code: 3, signal: null, oomKilled: false, stopRequested: false }
  writeFileSync(containerPaths(paths, a).exit, JSON.stringify({ ...exit, logLinesLost: 0 }))
  setMemory(b, 48 * mib)
  observer.mark(a)
  const seen = await touched()
  deepEqual([memory(seen), seen.fresh], [[null, 64 * mib], new Set([a])])
})
