/** What `ps`, `plan` and `--once` say that something waits for. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Waiting } from '../../../../src/model/plan.ts'
import { waitingText } from '../../../../src/status/passes/waiting.ts'
import { helloSubject, nowMs, withCode } from '../facts.ts'

const text = (cause: Waiting['for']) => waitingText({ subject: helloSubject, for: cause }, nowMs)

test('whom it waits for, what for, and once it is a second, since when', () => {
  const on = (condition: 'started' | 'healthy' | 'completed', agoMs: number) =>
    text({ code: 'dependency', on: 'shop/db', condition, sinceMs: nowMs - agoMs })
  deepEqual(
    [on('healthy', 12_000), on('started', 999), on('completed', 61_000), on('started', -5000)],
    ['for shop/db to be healthy, 12s', 'for shop/db to start', 'for shop/db to complete, 1m1s', 'for shop/db to start'],
  )
})

test('its own health, with what the last probe said, and when it will be restarted for it', () => {
  const last = { startMs: 0, endMs: 1, exitCode: 1, output: '\n  connection refused\nmore\n' }
  const health = { code: 'health', sinceMs: nowMs - 12_000, last } as const
  deepEqual(
    [
      text({ ...health, status: 'starting', last: null }),
      text({ ...health, status: 'starting' }),
      text({ ...health, status: 'unhealthy', last: { ...last, exitCode: -1, output: '' } }),
      text({ ...health, status: 'unhealthy', untilMs: nowMs + 1500 }),
    ],
    [
      'to be healthy, 12s',
      'to be healthy, 12s; probe exited (1): connection refused',
      'unhealthy, 12s; probe failed',
      'restart in 2s: unhealthy; probe exited (1): connection refused',
    ],
  )
})

test('a time that is over is not waited for in negative seconds', () => {
  equal(text({ code: 'stop', untilMs: nowMs - 5000 }), 'for its stop; SIGKILL in 0s')
  equal(
    text({ code: 'back-off', untilMs: nowMs - 5000, exit: withCode(7), failedStart: null }),
    'restart in 0s: exited (7)',
  )
})
