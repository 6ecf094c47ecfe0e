import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDurationMs, parseSinceMs } from '../../../../src/cli/program/durations.ts'

test('durations are written as in Go', () => {
  const cases: ReadonlyArray<readonly [string, number | null]> = [
    ['5m', 300_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['2h', 7_200_000],
    ['10', null],
    ['', null],
    ['5 m', null],
    ['-5m', null],
    ['m5', null],
  ]
  for (const [text, ms] of cases) assert.equal(parseDurationMs(text), ms, text)
})

test('since is a duration before now, a date, or seconds since 1970', () => {
  assert.equal(parseSinceMs('10s', 50_000), 40_000)
  assert.equal(parseSinceMs('2026-01-31T12:00:00Z', 0), Date.UTC(2026, 0, 31, 12))
  assert.equal(parseSinceMs('1760000000', 0), 1_760_000_000_000)
  for (const text of ['yesterday', '2026-13-45', '12:00']) assert.equal(parseSinceMs(text, 0), null, text)
})
