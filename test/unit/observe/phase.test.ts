import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExitRecord, RunState } from '../../../src/model/record.ts'
import { runPhase, type RunEvidence } from '../../../src/observe/phase.ts'
import type { Liveness } from '../../../src/observe/processes.ts'

const bootId = 'boot-a'
const payload = { pid: 70, startTicks: '700', bootId }
const shim = { pid: 60, startTicks: '600', bootId }
const state: RunState = {
  version: 1,
  containerId: 'c',
  rootId: 'r',
  bootId,
  pid: payload.pid,
  startTicks: payload.startTicks,
  shimPid: shim.pid,
  shimStartTicks: shim.startTicks,
  startedAtMs: 1000,
  warnings: [],
}
const exitRecord: ExitRecord = {
  version: 1,
  containerId: 'c',
  ...payload,
  startedAtMs: 1000,
  finishedAtMs: 2000,
  code: 7,
  signal: null,
  oomKilled: false,
  stopRequested: false,
  logLinesLost: 0,
}
const recordedRun = { process: payload, startedAtMs: 1000 }

const look =
  (alive: readonly number[], zombie: Readonly<Record<number, number>> = {}) =>
  (process: typeof payload): Liveness =>
    process.bootId !== bootId
      ? { is: 'gone' }
      : alive.includes(process.pid)
        ? { is: 'alive' }
        : zombie[process.pid] === undefined
          ? { is: 'gone' }
          : { is: 'zombie', waitStatus: zombie[process.pid] ?? 0 }

const seen = (evidence: Partial<RunEvidence>) =>
  runPhase({
    bootId,
    nowMs: 9000,
    recordedRun: null,
    recordedStop: null,
    runState: null,
    exitRecord: null,
    look: look([]),
    isLocked: () => false,
    ...evidence,
  })

test('without any trace of a run a container is created', () => {
  assert.deepEqual(seen({}), { phase: { phase: 'created' }, settling: false, stopRequested: false })
})

test('a live lock without a state is a start under way', () => {
  assert.deepEqual(seen({ isLocked: () => true }), {
    phase: { phase: 'starting' },
    settling: true,
    stopRequested: false,
  })
})

test('a run that no pass recorded is running all the same', () => {
  const { phase, settling } = seen({ runState: state, look: look([60, 70]) })
  assert.deepEqual(phase, { phase: 'running', process: payload, startedAtMs: 1000, shim: 'alive' })
  assert.equal(settling, false)
})

test('a payload whose shim died runs with a lost shim', () => {
  const { phase } = seen({ recordedRun, runState: state, look: look([70]) })
  assert.equal(phase.phase === 'running' && phase.shim, 'lost')
})

test('a payload whose run directory was deleted still runs', () => {
  const { phase } = seen({ recordedRun, look: look([60, 70]) })
  assert.equal(phase.phase === 'running' && phase.shim, 'lost')
})

test('a dead payload under a live shim is about to get its exit record', () => {
  const { phase, settling } = seen({ recordedRun, runState: state, look: look([60], { 70: 0 }) })
  assert.equal(phase.phase, 'running')
  assert.equal(settling, true)
})

test('the exit record of the run tells its end, while its shim still cleans up', () => {
  const found = seen({ recordedRun, runState: state, exitRecord, look: look([60]) })
  assert.deepEqual(found.phase, { phase: 'exited', exit: { kind: 'code', code: 7, atMs: 2000 }, startedAtMs: 1000 })
  assert.equal(found.settling, true)
  assert.equal(seen({ recordedRun, exitRecord }).settling, false)
})

test('an exit record of a run that no pass recorded counts', () => {
  const { phase } = seen({ exitRecord: { ...exitRecord, code: null, signal: 9, oomKilled: true } })
  assert.deepEqual(phase, {
    phase: 'exited',
    exit: { kind: 'signal', signal: 9, oom: true, atMs: 2000 },
    startedAtMs: 1000,
  })
})

test('the exit record of an earlier run says nothing of the last one', () => {
  const later = { process: { ...payload, pid: 71 }, startedAtMs: 5000 }
  assert.equal(seen({ recordedRun: later, exitRecord, look: look([71]) }).phase.phase, 'running')
  const { phase } = seen({ recordedRun: later, exitRecord })
  assert.equal(phase.phase === 'exited' && phase.exit.kind, 'unknown')
})

test('after a restart of the host what ran has exited, nobody knows how', () => {
  const old = { process: { ...payload, bootId: 'boot-before' }, startedAtMs: 1000 }
  const { phase } = seen({ recordedRun: old, runState: { ...state, bootId: 'boot-before' }, look: look([60, 70]) })
  assert.deepEqual(phase, {
    phase: 'exited',
    exit: { kind: 'unknown', why: 'the host restarted while it ran', atMs: 9000 },
    startedAtMs: 1000,
  })
})

test('a zombie that lost its shim tells its own exit', () => {
  const exitOf = (waitStatus: number) => {
    const { phase } = seen({ recordedRun, runState: state, look: look([], { 70: waitStatus }) })
    return phase.phase === 'exited' ? phase.exit : null
  }
  assert.deepEqual(exitOf(7 << 8), { kind: 'code', code: 7, atMs: 9000 })
  assert.deepEqual(exitOf(9), { kind: 'signal', signal: 9, oom: false, atMs: 9000 })
})

test('an exit that we asked for is told from one that came by itself', () => {
  const recordedStop = { sinceMs: 1500, graceMs: 10 }
  assert.equal(seen({ recordedRun, exitRecord }).stopRequested, false)
  assert.equal(seen({ recordedRun, exitRecord: { ...exitRecord, stopRequested: true } }).stopRequested, true)
  assert.equal(seen({ recordedRun, recordedStop }).stopRequested, true)
  assert.equal(seen({ recordedRun, recordedStop, exitRecord }).stopRequested, false)
})
