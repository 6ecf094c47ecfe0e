import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { afterHeal, parkedUntilMs } from '../../../src/model/heals.ts'
import type { Heals } from '../../../src/model/upkeep.ts'

const healedAt = (...times: number[]) =>
  times.reduce<Heals | undefined>((heals, atMs) => afterHeal(heals, atMs), undefined)
const startMs = 1_000_000

test('what is healed five times within a minute is parked for a minute', () => {
  const four = healedAt(...[0, 1, 2, 3].map(n => startMs + n))
  equal(parkedUntilMs(four, startMs + 4), null)
  const five = afterHeal(four, startMs + 4)
  equal(parkedUntilMs(five, startMs + 5), startMs + 4 + 60_000)
  equal(parkedUntilMs(five, startMs + 4 + 60_000), null, 'then it is tried again')
})

test('five heals over a longer time are nobody’s fight', () => {
  const slow = healedAt(...[0, 1, 2, 3, 4].map(n => startMs + n * 16_000))
  equal(parkedUntilMs(slow, startMs + 64_000), null)
})

test('a fight that goes on is parked longer each time, to an hour at most; a rest ends it', () => {
  let heals: Heals | undefined
  let nowMs = startMs
  const rests: number[] = []
  for (let round = 0; round < 9; round++) {
    for (let i = 0; i < 5; i++) heals = afterHeal(heals, nowMs++)
    const untilMs = parkedUntilMs(heals, nowMs) ?? 0
    rests.push((untilMs - nowMs + 1) / 60_000)
    nowMs = untilMs
  }
  deepEqual(rests, [1, 2, 4, 8, 16, 32, 60, 60, 60])
  deepEqual(afterHeal(heals, nowMs + 3 * 3_600_000), { atMs: [nowMs + 3 * 3_600_000], parked: 0 })
})

test('a clock that was put back parks nothing for ever', () => {
  const five = healedAt(...[0, 1, 2, 3, 4].map(n => startMs + n))
  equal(parkedUntilMs(five, startMs - 5000), null)
  deepEqual(afterHeal(five, startMs - 5000), { atMs: [startMs - 5000], parked: 0 })
})
