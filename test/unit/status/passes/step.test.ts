import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { StepFacts } from '../../../../src/model/outcome.ts'
import type { Step } from '../../../../src/model/plan.ts'
import { nameWidth, noteStop, stepLine, subjectLine } from '../../../../src/status/passes/step.ts'
import * as facts from '../facts.ts'

const { done, scene, mib } = facts
const line = (step: Step | undefined, stepFacts: StepFacts = {}) =>
  step === undefined ? null : stepLine(done(step, stepFacts), scene)

test('a first run tells of each step as it ends', () => {
  const [volume, create, start] = facts.firstSteps
  deepEqual(
    [line(volume), line(create), line(start, { pid: 4711, limitsReadBack: { memoryBytes: 64 * mib } })],
    [
      '+ volume    beat   created                                     12ms',
      '+ container hello  created   a1b2c3d4e5f6                      12ms',
      '+ container hello  started   pid 4711, limits read back        12ms',
    ],
  )
})

test('a limit that was changed or healed in place tells what the kernel says afterwards', () => {
  const swap = { ...facts.memoryChange(192, 128, 128), field: 'memorySwapBytes' } as const
  const readBack = { limitsReadBack: { memoryBytes: 96 * mib, memorySwapBytes: 192 * mib } }
  equal(
    line(facts.memoryStep('limits-changed', [facts.memoryChange(96, 64, 64), swap]), readBack),
    '~ container hello  memory 64Mi -> 96Mi   in place, read back 96Mi   12ms',
  )
  equal(
    line(facts.memoryStep('drifted', [facts.memoryChange(96, 96, 32)]), readBack),
    '~ container hello  memory 32Mi -> 96Mi   in place, read back 96Mi   12ms',
  )
})

const stop = facts.step(1, {
  action: { kind: 'begin-stop', id: facts.helloId, stop: { signal: 'SIGTERM', graceMs: 10_000 } },
  reason: { code: 'undeclared' },
  class: 'remove',
  position: null,
})
const remove = facts.step(1, {
  action: { kind: 'delete-container', id: facts.helloId, deleteVolumes: [] },
  reason: { code: 'undeclared' },
  class: 'remove',
  position: null,
})

test('the removal of a container that we stopped tells signal, exit code and time', () => {
  const stops = noteStop(new Map(), done(stop), facts.nowMs - 2000)
  const exit = { kind: 'signal', signal: 15, oom: false, atMs: facts.nowMs - 1600 } as const
  const observed = facts.observed([facts.observedHello(facts.exited(exit))])
  equal(
    stepLine(done(remove), { ...scene, observed, stops }),
    '- container hello  stopped (SIGTERM, exit 143, 400ms) and removed',
  )
  equal(line(remove), '- container hello  removed                                     12ms')
  equal(line(stop), '- container hello  stopping   SIGTERM, SIGKILL after 10s       12ms')
})

test('a process that did not heed its signal was killed, and that is said', () => {
  const stops = noteStop(new Map(), done(stop), facts.nowMs - 11_000)
  const killed = (oom: boolean) => {
    const exit = { kind: 'signal', signal: 9, oom, atMs: facts.nowMs } as const
    const observed = facts.observed([facts.observedHello(facts.exited(exit))])
    return stepLine(done(remove), { ...scene, observed, stops })
  }
  deepEqual(
    [killed(false), killed(true)],
    [
      '- container hello  stopped (SIGTERM, then SIGKILL, exit 137, 11s) and removed',
      '- container hello  stopped (SIGTERM, exit 137, 11s) and removed',
    ],
  )
})

test('a container that is to stay stopped tells how it ended', () => {
  const container = { ...facts.hello(), state: 'stopped' } as const
  const limits = facts.observedHello(facts.running()).recordedLimits
  const update = facts.step(2, {
    action: { kind: 'update-record', id: facts.helloId, container, limits },
    reason: { code: 'record-changed', fields: ['spec.state'] },
    class: 'in-place',
    position: null,
  })
  const exit = { kind: 'signal', signal: 15, oom: false, atMs: facts.nowMs - 1600 } as const
  const observed = facts.observed([facts.observedHello(facts.exited(exit))])
  const stops = noteStop(new Map(), done(stop), facts.nowMs - 2000)
  deepEqual(
    [stepLine(done(update), { ...scene, observed, stops }), stepLine(done(update), { ...scene, observed })],
    ['~ container hello  stopped (SIGTERM, exit 143, 400ms)', '~ container hello  stays stopped   exited (143)'],
  )
})

test('a kept volume names the command that removes it', () => {
  equal(
    subjectLine(' ', 'volume', 'beat', 'kept; remove with `reconcile volumes rm beat`', scene),
    '  volume    beat   kept; remove with `reconcile volumes rm beat`',
  )
})

test('a failed step says what, why and where; what depended on it is skipped', () => {
  const [, create, start] = facts.firstSteps
  if (!create || !start) throw new Error('no steps')
  const error = { code: 'E_MOUNT', message: 'mount /data: no space left on device (ENOSPC)' } as const
  equal(
    stepLine({ result: 'failed', step: create, ms: 3, error }, scene),
    'x container hello  not created: mount /data: no space left on device (ENOSPC) (E_MOUNT)   hello.yaml:4:13',
  )
  equal(
    stepLine({ result: 'skipped', step: start, because: 'dependency-failed' }, scene),
    '. container hello  not started: a step before it failed        hello.yaml:4:13',
  )
})

test('warnings of the core stand below the step', () => {
  const [, , start] = facts.firstSteps
  equal(
    line(start, { pid: 1, warnings: [{ field: 'ulimits.nofile', message: 'clamped to 1024' }] }),
    `+ container hello  started   pid 1                             12ms
        ulimits.nofile: clamped to 1024`,
  )
})

test('hostile names can neither make a line of their own nor colour one', () => {
  equal(
    subjectLine('+', 'volume', 'a\n\u001b[31mb\u202e', 'x', { ...scene, nameWidth: nameWidth(['a']) }),
    '+ volume    a\\n\\x1b[31mb\\u{202e}  x',
  )
})
