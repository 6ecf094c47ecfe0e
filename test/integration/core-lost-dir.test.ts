import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { noLimits } from '../../src/model/limits.ts'
import { bundle } from './core-bundle.ts'
import {
  cgroupDir,
  failure,
  isAlive,
  nothingIsLeft,
  openLab,
  startTicks as startTicksOf,
  until,
  value,
} from './core-lab.ts'

const runDirOf = (lab: { runDir: string }, containerId: string) => join(lab.runDir, containerId.slice(0, 16))

const exitOf = (path: string) =>
  JSON.parse(readFileSync(path, 'utf8')) as { code: number | null; signal: number | null }

const sayingBye = ['sh', '-c', 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.05; done']

test("the data-root's run directory goes with its last run, and comes back with the next", async t => {
  const lab = openLab(t)
  const { plan, containerId } = bundle(lab, ['true'])
  for (let n = 0; n < 3; n++) {
    const { pid } = value(await lab.core.start(plan, noLimits))
    await lab.event({ type: 'exit', containerId, pid, settled: true })
    assert.ok(!existsSync(lab.runDir), 'the run directory of the data-root is left')
  }
  const { plan: lasting } = bundle(lab, ['sleep', '60'])
  value(await lab.core.start(lasting, noLimits))
  assert.equal(statSync(lab.runDir).mode & 0o777, 0o700)
})

test('many that start while others end all find their run directory', async t => {
  const lab = openLab(t)
  const bundles = Array.from({ length: 8 }, () => bundle(lab, ['true']))
  const startAgain = async ({ plan, containerId }: (typeof bundles)[number]) => {
    for (let n = 0; n < 5; n++) {
      const { pid } = value(await lab.core.start(plan, noLimits))
      await lab.event({ type: 'exit', containerId, pid, settled: true })
    }
  }
  await Promise.all(bundles.map(startAgain))
  assert.ok(!existsSync(lab.runDir))
})

test('a container whose run directory was deleted is stopped as any other', async t => {
  const lab = openLab(t)
  const { plan, containerId, exitPath, log } = bundle(lab, sayingBye)
  value(await lab.core.start(plan, noLimits))
  await until(() => log().includes('up'), 'the trap')
  rmSync(lab.runDir, { recursive: true })
  value(await lab.core.stop(containerId, 15, 10_000))
  await lab.event({ type: 'exit', containerId, settled: true })
  assert.deepEqual([exitOf(exitPath).code, exitOf(exitPath).signal], [3, null])
  assert.match(log(), /bye/)
  nothingIsLeft(lab, containerId)
})

test('a run directory that was deleted is made again by an adoption', async t => {
  const lab = openLab(t)
  const { plan, containerId } = bundle(lab, ['sleep', '60'])
  const started = value(await lab.core.start(plan, noLimits))
  rmSync(runDirOf(lab, containerId), { recursive: true })
  const adopted = value(await lab.core.adopt(containerId))
  assert.deepEqual([adopted.pid, adopted.shimPid], [started.pid, started.shimPid])
  assert.equal(failure(await lab.core.adopt(containerId)).code, 'E_BUSY')
  assert.equal(failure(await lab.core.start(plan, noLimits)).code, 'E_BUSY')
  value(lab.core.signal(started.shimPid, started.shimStartTicks, 9))
  await lab.event({ type: 'shimLost', containerId })
  value(await lab.core.adopt(containerId))
})

test('a cleanup ends the shim too whose run directory was deleted', async t => {
  const lab = openLab(t)
  const { plan, containerId } = bundle(lab, ['sleep', '60'])
  const { pid, shimPid } = value(await lab.core.start(plan, noLimits))
  rmSync(lab.runDir, { recursive: true })
  value(await lab.core.cleanup(containerId))
  for (const each of [pid, shimPid]) assert.ok(!isAlive(each))
  nothingIsLeft(lab, containerId)
})

test('a start replaces what lives without a run directory', async t => {
  const lab = openLab(t)
  const { plan, containerId } = bundle(lab, ['sleep', '60'])
  const first = value(await lab.core.start(plan, noLimits))
  rmSync(lab.runDir, { recursive: true })
  const second = value(await lab.core.start(plan, noLimits))
  for (const each of [first.pid, first.shimPid]) assert.ok(!isAlive(each))
  assert.ok(isAlive(second.pid) && isAlive(second.shimPid))
  assert.ok(existsSync(cgroupDir(lab, 'memory', containerId)))
})

test('the exit of a run whose directory was deleted harms no run after it', async t => {
  const lab = openLab(t)
  const { plan, containerId } = bundle(lab, ['sleep', '60'])
  for (let n = 0; n < 5; n++) {
    const { pid, startTicks } = value(await lab.core.start(plan, noLimits))
    rmSync(lab.runDir, { recursive: true })
    value(lab.core.signal(pid, startTicks, 9))
    await lab.event({ type: 'exit', containerId, pid })
  }
  const last = value(await lab.core.start(plan, noLimits))
  await new Promise(wake => setTimeout(wake, 200))
  assert.ok(isAlive(last.pid) && existsSync(join(runDirOf(lab, containerId), 'state')))
})

test('with its shim dead too, a container is adopted by what is recorded of it, and loses no output', async t => {
  const lab = openLab(t)
  const { plan, containerId, exitPath, log } = bundle(lab, sayingBye)
  const { pid, startTicks, startedAtMs, ...first } = value(await lab.core.start(plan, noLimits))
  await until(() => log().includes('up'), 'the trap')
  value(lab.core.signal(first.shimPid, first.shimStartTicks, 9))
  await lab.event({ type: 'shimLost', containerId })
  rmSync(lab.runDir, { recursive: true })
  assert.equal(failure(await lab.core.adopt(containerId)).code, 'E_GONE')
  const other = { plan, pid: process.pid, startTicks: startTicksOf(process.pid), startedAtMs }
  assert.equal(failure(await lab.core.adopt(containerId, other)).code, 'E_GONE')
  assert.equal(value(await lab.core.adopt(containerId, { plan, pid, startTicks, startedAtMs })).pid, pid)
  value(await lab.core.stop(containerId, 15, 10_000))
  await lab.event({ type: 'exit', containerId, settled: true })
  assert.equal(exitOf(exitPath).code, 3)
  assert.match(log(), /bye/)
  nothingIsLeft(lab, containerId)
})
