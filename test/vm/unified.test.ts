/** What a host with cgroup v2 alone promises; scripts/vm.ts boots one. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { cgroupLine } from '../../src/cli/doctor/host.ts'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import type { DesiredContainer } from '../../src/model/desired.ts'
import type { DeclaredLimits } from '../../src/model/limits.ts'
import type { ObservedContainer } from '../../src/model/observed.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { containerCgroup } from '../../src/observe/cgroup-places.ts'
import { readUsageSample } from '../../src/observe/usage-sample.ts'
import { eventually, readText } from '../support/lab.ts'
import { labPrefix } from '../support/leaks.ts'
import { saidIn } from '../support/log-text.ts'
import { openRealHost, type RealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'
import { containerOf, desiredOf, mib, sourceOf } from '../support/specs.ts'

const { kind, unified } = readCgroupMounts('/proc')
const top = unified ?? ''
const ours = () => readdirSync(top).filter(name => name.startsWith('reconcile-'))
const patienceMs = 60_000

function lab(t: TestContext): RealHost {
  const folder = mkdtempSync(labPrefix)
  const host = openRealHost(folder)
  t.after(async () => {
    host.close()
    await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
  })
  return host
}

const shell = (name: string, script: string, wish: Parameters<typeof containerOf>[1] = {}): DesiredContainer =>
  containerOf(name, {
    stop: { signal: 'SIGTERM', graceMs: 500 },
    ...wish,
    spec: { command: ['sh', '-c', script], ...wish.spec },
  })

const pair = 'sleep 999 & exec sleep 1000'
const limited = (limits: Partial<DeclaredLimits>, script = pair) => desiredOf([shell('web', script, { limits })])
const nothing = (...names: readonly string[]) =>
  desiredOf([], {
    sources: [sourceOf({ allowEmpty: true })],
    absentSinceMs: Object.fromEntries(names.map(name => [`container ${name}`, 0])),
  })

const pidOf = ({ phase }: ObservedContainer): number => {
  assert.ok(phase.known && phase.value.phase === 'running', JSON.stringify(phase))
  return phase.value.process.pid
}
const onlyPid = ({ observed }: Outcome): number => pidOf(observed.containers[0] ?? assert.fail('no container'))
/** `0::/reconcile-…/<id>` */
const cgroupOf = (pid: number) => top + readText(`/proc/${pid}/cgroup`).trim().replace(/^0::/, '')
const members = (pid: number) =>
  readText(`${cgroupOf(pid)}/cgroup.procs`)
    .trim()
    .split('\n')
    .map(Number)
const control = (pid: number, name: string) => readText(`${cgroupOf(pid)}/${name}`).trim()
const isAlive = (pid: number) => existsSync(`/proc/${pid}`) && !/State:\s+Z/.test(readText(`/proc/${pid}/status`))
const saidBy = ({ deps: { paths } }: RealHost, id: string): string => saidIn(containerPaths(paths, id).log)

test('this host has cgroup v2 and nothing of v1, and doctor finds all that it needs', () => {
  assert.equal(kind, 'v2')
  const { found, verdict } = cgroupLine()
  assert.deepEqual([found, verdict], ['v2: memory cpu cpuset pids io', 'ok'])
})

test('a container without limits runs in a cgroup of its own, which goes with it', async t => {
  const host = lab(t)
  const shared = { pid: 'host', ipc: 'private', uts: 'private', net: 'private', cgroup: 'host' } as const
  const desired = desiredOf([shell('plain', pair), shell('shared', pair, { spec: { namespaces: shared } })])
  const { observed } = await host.converge(desired, patienceMs)
  for (const container of observed.containers) {
    const pid = pidOf(container)
    assert.equal(cgroupOf(pid), `${top}/reconcile-${host.deps.rootId}/${container.id}`)
    await eventually(
      () => members(pid).length === 2,
      patienceMs,
      () => `in its cgroup: ${members(pid)}`,
    )
    assert.ok(members(pid).includes(pid))
  }
  const { plan } = await host.pass(desired)
  assert.deepEqual(plan.steps, [])
  await host.converge(nothing('plain', 'shared'), patienceMs)
  assert.deepEqual(ours(), [])
})

test('what ends by itself, and what is killed with children that share the host’s pids, leaves no cgroup', async t => {
  const host = lab(t)
  const stubborn = 'trap : TERM; (trap : TERM; while :; do sleep 1; done) & while :; do sleep 1; done'
  const namespaces = { pid: 'host', ipc: 'private', uts: 'private', net: 'private', cgroup: 'private' } as const
  const ends = shell('ends', 'exit 3', { restart: { policy: 'no', maxRetries: 0 } })
  const desired = desiredOf([ends, shell('stubborn', stubborn, { spec: { namespaces } })])
  const { observed } = await host.converge(desired, patienceMs)
  const pid = pidOf(
    observed.containers.find(({ declaration }) => declaration.name.name === 'stubborn') ?? assert.fail(),
  )
  await eventually(
    () => members(pid).length > 2,
    patienceMs,
    () => 'it has no children',
  )
  const all = members(pid)
  await host.converge(nothing('ends', 'stubborn'), patienceMs)
  assert.deepEqual(ours(), [])
  assert.deepEqual(all.filter(isAlive), [])
})

test('one of state paused is frozen, again when somebody thaws it; it and one frozen by hand are stopped all the same', async t => {
  const host = lab(t)
  const desired = desiredOf([shell('paused', pair, { state: 'paused' }), shell('web', pair)])
  const pidsOf = ({ observed }: Outcome) =>
    new Map(observed.containers.map(one => [one.declaration.name.name, pidOf(one)]))
  const pids = pidsOf(await host.converge(desired, patienceMs))
  const [paused = 0, web = 0] = ['paused', 'web'].map(name => pids.get(name))
  const becomes = (frozen: '0' | '1') =>
    eventually(
      () => control(paused, 'cgroup.events').includes(`frozen ${frozen}`),
      patienceMs,
      () => control(paused, 'cgroup.events'),
    )
  await becomes('1')
  writeFileSync(`${cgroupOf(paused)}/cgroup.freeze`, '0')
  await becomes('0')
  assert.deepEqual(pidsOf(await host.converge(desired, patienceMs)), pids)
  await becomes('1')
  writeFileSync(`${cgroupOf(web)}/cgroup.freeze`, '1')
  await host.converge(nothing('paused', 'web'), patienceMs)
  assert.deepEqual(ours(), [])
  assert.deepEqual([paused, web].filter(isAlive), [])
})

test('a container makes devices but uses none of the host, beyond those that all containers have', async t => {
  const host = lab(t)
  const script = [
    'cd /tmp; mknod own c 1 3; echo x >own && echo null',
    'mknod memory c 1 1; head -c 1 memory 2>&1 | grep -o "not permitted"',
    'mknod tty c 5 1; (echo x >tty) 2>&1 | grep -o "not permitted"',
    'head -c 4 /dev/urandom | wc -c',
  ].join('; ')
  const job = shell('job', script, { restart: { policy: 'no', maxRetries: 0 } })
  const { observed } = await host.converge(desiredOf([job]), patienceMs)
  assert.equal(saidBy(host, observed.containers[0]?.id ?? ''), 'null\nnot permitted\nnot permitted\n4\n')
})

const before: Partial<DeclaredLimits> = { memoryBytes: 128 * mib, cpuPeriodUs: 50000, cpuQuotaUs: 20000, pids: 64 }
const declared: Partial<DeclaredLimits> = {
  memoryBytes: 64 * mib,
  memorySwapBytes: 96 * mib,
  memoryReservationBytes: 16 * mib,
  cpuPeriodUs: 100000,
  cpuQuotaUs: 50000,
  cpuShares: 512,
  cpusetCpus: '0',
  cpusetMems: '0',
  pids: 32,
}
/** The file, what it then says, and what somebody writes into it. */
const cases = [
  ['memory.max', '67108864', '33554432'],
  ['memory.swap.max', '33554432', '0'],
  ['memory.low', '16777216', 'max'],
  ['cpu.max', '50000 100000', 'max 100000'],
  ['cpu.max', '50000 100000', '50000 200000'],
  ['cpu.weight', '59', '77'],
  ['cpuset.cpus', '0', '0-1'],
  ['pids.max', '32', 'max'],
] as const

test('every limit is set, read back, changed in place, seen when it drifts, and healed under the same process', async t => {
  const host = lab(t)
  const pid = onlyPid(await host.converge(limited(before), patienceMs))
  const names = ['memory.max', 'memory.swap.max', 'memory.low', 'cpu.max', 'cpu.weight', 'cpuset.cpus', 'pids.max']
  const undeclared = ['134217728', '134217728', '0', '20000 50000', '100', '0-1', '64']
  assert.deepEqual(
    names.map(name => control(pid, name)),
    undeclared,
  )
  const changed = await host.converge(limited(declared), patienceMs)
  for (const [name, value] of cases) assert.equal(control(pid, name), value, name)
  assert.deepEqual(changed.observed.containers[0]?.kernelLimits, { known: true, value: declared })

  let events = 0
  t.after(host.deps.core.onEvent(event => void (events += event.type === 'limits' ? 1 : 0)))
  for (const [name, value, byHand] of cases) {
    const seenBefore = events
    writeFileSync(`${cgroupOf(pid)}/${name}`, byHand)
    await eventually(
      () => events > seenBefore,
      patienceMs,
      () => `nobody told that ${name} was written`,
    )
    const { plan } = await host.pass(limited(declared))
    assert.equal(plan.steps[0]?.reason.code, 'drifted', name)
    assert.equal(control(pid, name), value)
  }
  const back = await host.converge(limited(before), patienceMs)
  assert.deepEqual(
    names.map(name => control(pid, name)),
    undeclared,
  )
  assert.equal(onlyPid(back), pid)
})

test('a controller that is handed down no more is handed down again, with its limits', async t => {
  const host = lab(t)
  const desired = limited({ pids: 32, memoryBytes: 64 * mib })
  const pid = onlyPid(await host.converge(desired, patienceMs))
  writeFileSync(`${top}/reconcile-${host.deps.rootId}/cgroup.subtree_control`, '-pids')
  assert.equal(existsSync(`${cgroupOf(pid)}/pids.max`), false)
  const healed = await host.pass(desired)
  assert.equal(healed.plan.steps[0]?.reason.code, 'drifted')
  assert.equal(control(pid, 'pids.max'), '32')
  assert.equal(control(pid, 'memory.max'), String(64 * mib))
  assert.equal(onlyPid(await host.pass(desired)), pid)
})

test('memory in use is not taken away: the refusal says how much, nothing is killed, the old limits stay', async t => {
  const host = lab(t)
  // 96 MiB in a file without a disk
  const hog = 'head -c 100663296 /dev/zero >/dev/shm/full; echo full; exec sleep 1000'
  const at = (memoryBytes: number) =>
    desiredOf([shell('hog', hog, { limits: { memoryBytes }, spec: { shmSizeBytes: 128 * mib } })])
  const { observed } = await host.converge(at(256 * mib), patienceMs)
  const container = observed.containers[0] ?? assert.fail()
  const pid = pidOf(container)
  await eventually(
    () => saidBy(host, container.id) === 'full\n',
    patienceMs,
    () => 'the hog is not full',
  )
  const mounts = readCgroupMounts('/proc')
  const used = readUsageSample(mounts, containerCgroup(mounts, host.deps.rootId, container.id), 0)
  assert.ok((used.memoryBytes ?? 0) >= 96 * mib && (used.memoryPeakBytes ?? 0) >= 96 * mib, JSON.stringify(used))
  assert.ok((used.cpuMs ?? 0) > 0 && used.pids === 1 && used.io.readBytes !== null, JSON.stringify(used))
  const refused = await host.pass(at(32 * mib))
  const message = JSON.stringify(refused.steps)
  assert.match(
    message,
    /memory: can't be lowered to 33554432 bytes while \d{8,9} bytes are in use; the old limits stay/,
  )
  assert.deepEqual(
    ['memory.max', 'memory.swap.max'].map(name => control(pid, name)),
    ['268435456', '268435456'],
  )
  assert.match(control(pid, 'memory.events'), /^oom_kill 0$/m)
  assert.ok(isAlive(pid))
})

test('a container that is killed for its memory is told so', async t => {
  const host = lab(t)
  const limits = { memoryBytes: 16 * mib, memorySwapBytes: 16 * mib }
  const hog = shell('hog', 'exec tail /dev/zero', { limits, restart: { policy: 'no', maxRetries: 0 } })
  const { observed } = await host.converge(desiredOf([hog]), patienceMs)
  const exit = readFileSync(containerPaths(host.deps.paths, observed.containers[0]?.id ?? '').exit, 'utf8')
  assert.equal((JSON.parse(exit) as { oomKilled: boolean }).oomKilled, true)
})
