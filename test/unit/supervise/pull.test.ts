import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { pullAgainAtMs } from '../../../src/supervise/pull.ts'

const failedAt = (atMs: number, attempts: number) => ({ atMs, attempts, message: 'no route to host' })

test('a failed pull is tried again after 5 s, doubling to 5 min', () => {
  const delays = [1, 2, 3, 6, 7, 8, 1000].map(attempts => pullAgainAtMs(failedAt(0, attempts), 0))
  deepEqual(delays, [5000, 10_000, 20_000, 160_000, 300_000, 300_000, 300_000])
})

test('when its time has come it is tried at once, also after the clock was set back', () => {
  equal(pullAgainAtMs(failedAt(1000, 1), 5999), 6000)
  equal(pullAgainAtMs(failedAt(1000, 1), 6000), null)
  equal(pullAgainAtMs(failedAt(9_000_000, 1), 1000), null)
})
