import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { noLimits } from '../../src/model/limits.ts'
import { openCore } from '../../src/runtime/core.ts'
import { bundle } from './core-bundle.ts'
import {
  cgroupDir,
  cgroupFile,
  controllers,
  failure,
  isAlive,
  nothingIsLeft,
  openLab,
  startTicks,
  until,
  value,
} from './core-lab.ts'

const limits = {
  ...noLimits,
  memoryBytes: 64 << 20,
  memorySwapBytes: 128 << 20,
  cpuPeriodUs: 100000,
  cpuQuotaUs: 50000,
  pids: 50,
}
const exitRecord = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

test('a started container runs in its cgroups, under limits that were there first', async t => {
  const lab = openLab(t)
  const { containerId, plan, log } = bundle(lab, ['sh', '-c', 'cat /proc/self/cgroup; exec sleep 60'])
  const started = value(await lab.core.start(plan, limits))
  assert.equal(startTicks(started.pid), started.startTicks)
  assert.equal(startTicks(started.shimPid), started.shimStartTicks)
  assert.deepEqual({ ...started.limits, cpuShares: null, cpusetCpus: null, cpusetMems: null }, limits)
  await until(() => log().includes('memory:/'), 'its output in the log')
  const tasks = (controller: string) => cgroupFile(lab, controller, containerId, 'tasks')
  for (const controller of controllers)
    await until(() => tasks(controller) === String(started.pid), `the payload alone in its ${controller} cgroup`)
})

test('the shim is nobody’s child, and has none of our descriptors', async t => {
  const lab = openLab(t)
  const started = value(await lab.core.start(bundle(lab, ['sleep', '60']).plan, noLimits))
  const status = readFileSync(`/proc/${started.shimPid}/status`, 'utf8')
  assert.doesNotMatch(status, new RegExp(`^PPid:\\t${process.pid}$`, 'm'))
  // SIGUSR1 is the shim's own: it reads it
  assert.match(status, /^SigBlk:\t0{13}200$/m)
  assert.match(readFileSync(`/proc/${started.shimPid}/cmdline`, 'utf8'), /reconcile-shim/)
  assert.equal(readFileSync(`/proc/${started.shimPid}/environ`, 'utf8'), '')
})

test('stop ends the container, the exit is told and recorded, and nothing of the run is left', async t => {
  const lab = openLab(t)
  const { containerId, plan, exitPath } = bundle(lab, ['sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.02; done'])
  const { pid, startTicks } = value(await lab.core.start(plan, limits))
  await until(() => /^SigCgt:\t0*[^0]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')), 'the trap')
  value(await lab.core.stop(containerId, 15, 10_000))
  await lab.event({ type: 'exit', containerId, pid, startTicks, settled: true })
  const { code, signal, stopRequested } = exitRecord(exitPath)
  assert.deepEqual({ code, signal, stopRequested }, { code: 3, signal: null, stopRequested: true })
  nothingIsLeft(lab, containerId)
  assert.equal(failure(await lab.core.stop(containerId, 15, 0)).code, 'E_SHIM')
})

test('a container that ends before the start is answered has its exit told all the same', async t => {
  const lab = openLab(t)
  for (let n = 0; n < 10; n++) {
    const { containerId, plan, exitPath } = bundle(lab, ['true'])
    const { pid } = value(await lab.core.start(plan, limits))
    await lab.event({ type: 'exit', containerId, pid, settled: true })
    assert.equal(exitRecord(exitPath).code, 0)
    nothingIsLeft(lab, containerId)
  }
})

test('a start that fails says why and leaves nothing', async t => {
  const lab = openLab(t)
  const missing = bundle(lab, ['/no/such/program'])
  assert.equal(failure(await lab.core.start(missing.plan, limits)).code, 'E_EXEC_NOT_FOUND')
  nothingIsLeft(lab, missing.containerId)
  const cpuset = bundle(lab, ['true'])
  assert.equal(failure(await lab.core.start(cpuset.plan, { ...noLimits, cpusetCpus: '4000' })).code, 'E_CGROUP')
  nothingIsLeft(lab, cpuset.containerId)
  const elsewhere = bundle(lab, ['true'], { containerRunDir: '/tmp' })
  assert.equal(failure(await lab.core.start(elsewhere.plan, noLimits)).code, 'E_SPEC')
  nothingIsLeft(lab, elsewhere.containerId)
})

test('a second start beside a running one is refused and harms nothing', async t => {
  const lab = openLab(t)
  const { plan, containerId } = bundle(lab, ['sleep', '60'])
  const { pid, startTicks } = value(await lab.core.start(plan, limits))
  assert.equal(failure(await lab.core.start(plan, limits)).code, 'E_BUSY')
  value(lab.core.signal(pid, startTicks, 0))
  assert.ok(existsSync(cgroupDir(lab, 'memory', containerId)))
})

test('the end of the core ends no container, and the next core watches, stops and updates it', async t => {
  const lab = openLab(t)
  const { plan, containerId } = bundle(lab, ['sleep', '60'])
  const other = value(openCore(lab.config))
  const started = value(await other.start(plan, limits))
  other.close()
  value(lab.core.watch({ containerId, ...started }))
  value(await lab.core.update(containerId, { ...limits, pids: 60 }))
  await lab.event({ type: 'limits', containerId })
  value(await lab.core.stop(containerId, 15, 10_000))
  await lab.event({ type: 'exit', containerId, settled: true })
  nothingIsLeft(lab, containerId)
})

test('what a crash has left of a run is removed by the next start', async t => {
  const lab = openLab(t)
  const { plan, containerId } = bundle(lab, ['sleep', '60'])
  const first = value(await lab.core.start(plan, limits))
  value(lab.core.signal(first.shimPid, first.shimStartTicks, 9))
  await lab.event({ type: 'shimLost', containerId })
  assert.equal(failure(await lab.core.start(plan, limits)).code, 'E_BUSY')
  value(lab.core.signal(first.pid, first.startTicks, 9))
  await lab.event({ type: 'exit', containerId, settled: true })
  const second = value(await lab.core.start(plan, limits))
  assert.notEqual(second.pid, first.pid)
})

test('a container can be started again as soon as its exit is told', async t => {
  const lab = openLab(t)
  const { plan, containerId } = bundle(lab, ['true'])
  for (let n = 0; n < 10; n++) {
    const { pid } = value(await lab.core.start(plan, limits))
    await lab.event({ type: 'exit', containerId, pid })
  }
})

test('a shim that was killed is lost and replaced; the container never notices', async t => {
  const lab = openLab(t)
  const { plan, containerId, exitPath, log } = bundle(lab, [
    'sh',
    '-c',
    'n=0; while :; do n=$((n+1)); echo line $n; sleep 0.02; done',
  ])
  const first = value(await lab.core.start(plan, limits))
  await until(() => log().includes('line 3'), 'some output')
  assert.equal(failure(await lab.core.adopt(containerId)).code, 'E_BUSY')
  value(lab.core.signal(first.shimPid, first.shimStartTicks, 9))
  await lab.event({ type: 'shimLost', containerId })
  const second = value(await lab.core.adopt(containerId))
  assert.equal(second.pid, first.pid)
  assert.notEqual(second.shimPid, first.shimPid)
  const linesThen = log().split('\n').length
  await until(() => log().split('\n').length > linesThen + 3, 'more output')
  value(lab.core.signal(second.pid, second.startTicks, 9))
  await lab.event({ type: 'exit', containerId, settled: true })
  assert.equal(exitRecord(exitPath).signal, 9)
  nothingIsLeft(lab, containerId)
})

test('cleanup ends a running container with its shim, and there is nothing left to adopt', async t => {
  const lab = openLab(t)
  const { plan, containerId } = bundle(lab, ['sleep', '60'])
  const started = value(await lab.core.start(plan, limits))
  value(await lab.core.cleanup(containerId))
  nothingIsLeft(lab, containerId)
  for (const pid of [started.pid, started.shimPid]) assert.ok(!isAlive(pid))
  assert.equal(failure(await lab.core.adopt(containerId)).code, 'E_GONE')
})

test('twenty containers start and end side by side', async t => {
  const lab = openLab(t)
  const bundles = Array.from({ length: 20 }, () => bundle(lab, ['sleep', '60']))
  for (const started of await Promise.all(bundles.map(({ plan }) => lab.core.start(plan, limits)))) value(started)
  for (const cleaned of await Promise.all(bundles.map(each => lab.core.cleanup(each.containerId)))) value(cleaned)
  for (const { containerId } of bundles) nothingIsLeft(lab, containerId)
})
