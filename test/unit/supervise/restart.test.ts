import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { RestartPolicy } from '../../../src/model/desired.ts'
import type { Exit } from '../../../src/model/observed.ts'
import { afterExit, delayMs } from '../../../src/supervise/restart.ts'
import { freshRestarts } from '../../support/specs.ts'

const nowMs = 100_000
const policy = (name: RestartPolicy['policy'], maxRetries = 0): RestartPolicy => ({ policy: name, maxRetries })
const exitAt = (atMs: number, code = 1): Exit => ({ kind: 'code', code, atMs })
const facts = (count: number, streak = count) => ({ ...freshRestarts, count, streak })
const ended = (exit: Exit, ranMs = 500) => ({ exit, ranMs })

test('the first restart happens at once, the next ones after 100 ms doubling to 60 s', () => {
  deepEqual([0, 1, 2, 3, 10, 11, 1000].map(delayMs), [0, 100, 200, 400, 51_200, 60_000, 60_000])
})

test('always means always, whatever the code', () => {
  for (const name of ['always', 'unless-stopped'] as const)
    for (const code of [0, 1])
      deepEqual(afterExit(policy(name), ended(exitAt(nowMs, code)), facts(0), nowMs), {
        verdict: 'restart-now',
        streak: 1,
      })
})

test('a restart that is too early waits until its time, and happens when that has come', () => {
  const late = ended(exitAt(nowMs))
  deepEqual(afterExit(policy('always'), late, facts(4), nowMs), { verdict: 'back-off', untilMs: nowMs + 800 })
  deepEqual(afterExit(policy('always'), late, facts(4), nowMs + 800), { verdict: 'restart-now', streak: 5 })
})

test('a run of ten seconds ends the series', () => {
  deepEqual(afterExit(policy('always'), ended(exitAt(nowMs), 9_999), facts(4), nowMs), {
    verdict: 'back-off',
    untilMs: nowMs + 800,
  })
  deepEqual(afterExit(policy('always'), ended(exitAt(nowMs), 10_000), facts(4), nowMs), {
    verdict: 'restart-now',
    streak: 1,
  })
})

test('a clock that was set back does not delay a restart for longer than the longest back-off', () => {
  equal(afterExit(policy('always'), ended(exitAt(nowMs + 3_600_000)), facts(4), nowMs).verdict, 'restart-now')
  equal(afterExit(policy('always'), ended(exitAt(nowMs + 1000)), facts(4), nowMs).verdict, 'back-off')
})

test('policy no makes every exit final', () => {
  equal(afterExit(policy('no'), ended(exitAt(nowMs, 0)), facts(0), nowMs).verdict, 'completed')
  equal(afterExit(policy('no'), ended(exitAt(nowMs, 7)), facts(0), nowMs).verdict, 'failed')
})

test('on-failure ends with code 0, goes on with others, and gives up after its retries', () => {
  equal(afterExit(policy('on-failure'), ended(exitAt(nowMs, 0)), facts(9), nowMs).verdict, 'completed')
  equal(afterExit(policy('on-failure'), ended(exitAt(nowMs - 60_000)), facts(99), nowMs).verdict, 'restart-now')
  equal(afterExit(policy('on-failure', 2), ended(exitAt(nowMs - 500)), facts(1), nowMs).verdict, 'restart-now')
  deepEqual(afterExit(policy('on-failure', 2), ended(exitAt(nowMs)), facts(2), nowMs), {
    verdict: 'exhausted',
    attempts: 2,
  })
})

test('an exit that nobody learned, and a signal, count as failures', () => {
  const unknown: Exit = { kind: 'unknown', why: 'the host restarted', atMs: nowMs }
  const killed: Exit = { kind: 'signal', signal: 9, oom: true, atMs: nowMs }
  for (const exit of [unknown, killed]) {
    equal(afterExit(policy('no'), ended(exit), facts(0), nowMs).verdict, 'failed')
    equal(afterExit(policy('on-failure'), ended(exit), facts(0), nowMs).verdict, 'restart-now')
  }
})
