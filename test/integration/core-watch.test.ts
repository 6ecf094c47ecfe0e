import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Run } from '../../src/runtime/core.ts'
import { cgroupDir, failure, makeCgroups, openLab, sleeper, startTicks, until, value } from './core-lab.ts'

async function watchedRun(t: TestContext) {
  const lab = openLab(t)
  const containerId = makeCgroups(lab)
  const [payload, shim] = [await sleeper(t), await sleeper(t)]
  const run: Run = {
    containerId,
    pid: payload.pid,
    startTicks: startTicks(payload.pid),
    shimPid: shim.pid,
    shimStartTicks: startTicks(shim.pid),
  }
  value(lab.core.watch(run))
  return { ...lab, lab, containerId, payload, shim, run }
}

test('an exit is told at once, and again when the shim has ended too', async t => {
  const { payload, shim, run, containerId, event, events } = await watchedRun(t)
  payload.kill('SIGKILL')
  const exit = { type: 'exit', containerId, pid: run.pid, startTicks: run.startTicks }
  assert.deepEqual(await event({ type: 'exit' }), { ...exit, settled: false })
  shim.kill('SIGKILL')
  assert.deepEqual(await event({ settled: true }), { ...exit, settled: true })
  assert.ok(!events.some(each => each.type === 'shimLost'))
})

test('a shim that dies before its container is lost; the exit that follows is settled', async t => {
  const { payload, shim, containerId, event, events } = await watchedRun(t)
  shim.kill('SIGKILL')
  assert.deepEqual(await event({ type: 'shimLost' }), { type: 'shimLost', containerId })
  payload.kill('SIGKILL')
  await event({ type: 'exit', settled: true })
  assert.equal(events.filter(each => each.type === 'exit').length, 1)
})

test('writes to limit files by anybody are told, and many writes by few events', async t => {
  const { lab, containerId, events, event } = await watchedRun(t)
  const file = join(cgroupDir(lab, 'memory', containerId), 'memory.limit_in_bytes')
  for (let n = 1; n <= 50; n++) writeFileSync(file, String(n * 1024 * 1024 * 64))
  await event({ type: 'limits', containerId })
  const told = () => events.filter(each => each.type === 'limits').length
  // the core may look between two of the writes, so there can be more than one
  const before = told()
  assert.ok(before <= 5, `50 writes were told by ${before} events`)
  await quiet(told)
  const settled = told()
  writeFileSync(join(cgroupDir(lab, 'pids', containerId), 'pids.max'), '77')
  await until(() => told() > settled, 'the next event')
})

test('who writes without end is told a few times a second, and the last write is never lost', async t => {
  const { lab, containerId, events } = await watchedRun(t)
  const file = join(cgroupDir(lab, 'pids', containerId), 'pids.max')
  const told = () => events.filter(each => each.type === 'limits').length
  for (let n = 0, begun = performance.now(); performance.now() - begun < 1500; n++) {
    writeFileSync(file, `${100 + (n % 100)}`)
    await new Promise(setImmediate)
  }
  const flood = told()
  assert.ok(flood >= 50 && flood <= 105, `a flood of 1.5 s was told by ${flood} events`)
  await until(() => told() > flood, 'the event that was owed')
  const settled = told()
  writeFileSync(file, '77')
  await until(() => told() > settled, 'the next event')
})

test('watching a run twice changes nothing, and a process that is no more is E_GONE', async t => {
  const { core, run, payload, event, events } = await watchedRun(t)
  value(core.watch(run))
  assert.equal(failure(core.watch({ ...run, startTicks: '1' })).code, 'E_GONE')
  payload.kill('SIGKILL')
  await event({ type: 'exit' })
  assert.equal(events.filter(each => each.type === 'exit').length, 1)
})

test('nothing is told of a run that is no longer watched', async t => {
  const { core, run, payload, shim, containerId, lab, events } = await watchedRun(t)
  core.unwatch(containerId)
  writeFileSync(join(cgroupDir(lab, 'pids', containerId), 'pids.max'), '77')
  for (const child of [payload, shim]) child.kill('SIGKILL')
  await until(() => !core.signal(run.pid, run.startTicks, 0).ok, 'the end of the process')
  await new Promise(wake => setTimeout(wake, 50))
  assert.deepEqual(events, [])
})

test('what stands at a bind source is told with its path, also after the directory that holds it became another one', async t => {
  const { core, dir, events, event } = openLab(t)
  const [held, away] = [join(dir, 'held'), join(dir, 'away')]
  const [path, beside] = [join(held, 'file'), join(held, 'beside')]
  const make = (text: string) => {
    mkdirSync(held)
    for (const file of [path, beside]) writeFileSync(file, text)
  }
  make('first')
  core.watchPaths([path, beside])
  writeFileSync(`${path}.new`, 'second')
  renameSync(`${path}.new`, path)
  assert.deepEqual(await event({ type: 'mounts' }), { type: 'mounts', containerId: null, path })
  assert.ok(!events.some(each => each.type === 'mounts' && each.path !== path))
  renameSync(held, away)
  await event({ type: 'mounts', path: beside })
  make('third')
  for (const each of [path, beside]) core.watchPathAnew(each)
  await quiet(() => events.length)
  const before = events.length
  writeFileSync(join(away, 'file'), 'nobody looks here any more')
  await quiet(() => events.length)
  assert.equal(events.length, before)
  writeFileSync(beside, 'fourth')
  await until(() => events.slice(before).some(each => each.type === 'mounts' && each.path === beside), 'the new one')
})

test('a signal goes to the process that was meant, or to nobody', async t => {
  const { core, run, payload } = await watchedRun(t)
  assert.equal(failure(core.signal(run.pid, '12345', 9)).code, 'E_GONE')
  assert.equal(payload.exitCode, null)
  value(core.signal(run.pid, run.startTicks, 15))
  await until(() => payload.signalCode === 'SIGTERM', 'SIGTERM')
})

/** Waits until no event has come for a while: what was written before has been told. */
async function quiet(told: () => number): Promise<void> {
  for (let last = -1; last !== told(); ) {
    last = told()
    await new Promise(resolve => setTimeout(resolve, 300))
  }
}
