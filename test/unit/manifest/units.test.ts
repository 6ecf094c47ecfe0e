import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cpuList } from '../../../src/manifest/cpu-list.ts'
import { bytesText, parseBytes, parseDurationMs, quotaOfCpus } from '../../../src/manifest/units.ts'

const bytes = (value: number | string): number | string => {
  const result = parseBytes(value)
  return result.ok ? result.value : result.error
}
const durationMs = (text: string): number | string => {
  const result = parseDurationMs(text)
  return result.ok ? result.value : result.error
}

test('a size is a number of bytes, or has a binary unit', () => {
  const sizes = [0, -1, 512, '512', '1Ki', '64Mi', '1.5Gi', '0.5Ki'].map(bytes)
  assert.deepEqual(sizes, [0, -1, 512, 512, 1024, 67108864, 1610612736, 512])
})

test('another unit is refused with the binary one that was meant', () => {
  const refused = ['256m', '256M', '256MB', '256MiB', '1g', '4k', '1T', '5b', '64 Mi'].map(bytes)
  assert.deepEqual(refused, [
    '"256m" is not a size; did you mean 256Mi?',
    '"256M" is not a size; did you mean 256Mi?',
    '"256MB" is not a size; did you mean 256Mi?',
    '"256MiB" is not a size; did you mean 256Mi?',
    '"1g" is not a size; did you mean 1Gi?',
    '"4k" is not a size; did you mean 4Ki?',
    '"1T" is not a size; did you mean 1024Gi?',
    '"5b" is not a size; did you mean 5?',
    '"64 Mi" is not a size; did you mean 64Mi?',
  ])
})

test('a size that no byte count can be is refused', () => {
  assert.match(String(bytes('0.3Ki')), /not a whole number of bytes/)
  assert.match(String(bytes('99999999999Gi')), /too large/)
  assert.match(String(bytes('1e3')), /is not a size/)
  assert.match(String(bytes('')), /is not a size/)
})

test('a number of bytes written as people write it reads back as the same number', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 - 1 }), fc.constantFrom(1, 1024, 1024 ** 2), (count, unit) => {
      assert.equal(bytes(bytesText(count * unit)), count * unit)
    }),
  )
})

test('a duration is written as in Go', () => {
  const durations = ['0', '0s', '10s', '1m30s', '500ms', '1.5h', '1h0m0.25s', '1500us', '2µs'].map(durationMs)
  assert.deepEqual(durations, [0, 0, 10000, 90000, 500, 5400000, 3600250, 2, 0])
})

test('a duration without a unit, below zero or over a day is refused', () => {
  const refused = ['10', '-1s', '25h', '1d', 's', '1m 30s', ''].map(durationMs)
  assert.deepEqual(refused, [
    '"10" has no unit; did you mean "10s"?',
    '"-1s" is negative',
    '"25h" is longer than 24h',
    '"1d" is not a duration; write it as 10s, 1m30s or 500ms',
    '"s" is not a duration; write it as 10s, 1m30s or 500ms',
    '"1m 30s" is not a duration; write it as 10s, 1m30s or 500ms',
    '"" is not a duration; write it as 10s, 1m30s or 500ms',
  ])
})

test('CPUs are a quota in a period of 100 ms', () => {
  assert.deepEqual([0.01, 0.2, 0.5, 1, 2.5].map(quotaOfCpus), [1000, 20000, 50000, 100000, 250000])
})

test('a list of CPUs has the form of the kernel', () => {
  for (const text of ['0', '0-3', '0-3,5', '1,3,5-7']) assert.deepEqual(cpuList(text), { ok: true, value: text })
  for (const text of ['', '0-', '-1', 'a', '0,,1', '3-1', '99999', '0 1', '0-3:2'])
    assert.equal(cpuList(text).ok, false)
})
