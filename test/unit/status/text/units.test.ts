import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { clean } from '../../../../src/status/text/clean.ts'
import { columns } from '../../../../src/status/text/columns.ts'
import { ageText, bytesText, durationText, limitText, timeText, usageText } from '../../../../src/status/text/units.ts'

test('bytes are shown in the largest unit that is exact, else as bytes', () => {
  deepEqual([0, 1000, 1024, 64 * 2 ** 20, 2 ** 30, 1536 * 2 ** 20, 2 ** 20 + 1].map(bytesText), [
    '0',
    '1000',
    '1Ki',
    '64Mi',
    '1Gi',
    '1536Mi',
    '1048577',
  ])
})

test('use is shown in Mi, never as 0 when there is some', () => {
  deepEqual([0, 5, 3 * 2 ** 20, 12.5 * 2 ** 30].map(usageText), ['0Mi', '1Mi', '3Mi', '12.5Gi'])
})

test('durations have at most two units', () => {
  deepEqual([0, 12, 999.6, 3400, 59_949, 59_960, 130_000, 18_720_000, 273_600_000, 3_600_000].map(durationText), [
    '0ms',
    '12ms',
    '1s',
    '3.4s',
    '59.9s',
    '1m',
    '2m10s',
    '5h12m',
    '3d4h',
    '1h',
  ])
  deepEqual([-5, 900, 3900, 130_000].map(ageText), ['0s', '0s', '3s', '2m10s'])
})

test('each limit is shown with its unit, and nothing as unlimited', () => {
  equal(limitText('memoryBytes', 96 * 2 ** 20), '96Mi')
  equal(limitText('cpuQuotaUs', 200_000), '200000us')
  equal(limitText('cpuShares', 512), '512')
  equal(limitText('cpusetCpus', '0-1'), '0-1')
  equal(limitText('pids', null), 'unlimited')
})

test('times are UTC, and no number makes them throw', () => {
  equal(timeText(Date.UTC(2026, 10, 25, 22, 30, 5)), '2026-11-25 22:30:05Z')
  equal(timeText(1e20), 'unknown time')
})

test('control and formatting characters become visible', () => {
  equal(clean('a\tb\r\n\u001b]0;x\u0007\u009b\u202e\u2028é…'), 'a\\tb\\r\\n\\x1b]0;x\\x07\\x9b\\u{202e}\\u{2028}é…')
})

test('the last cell of a row widens nothing', () => {
  const layout = [
    { least: 2, gap: 2 },
    { least: 0, gap: 1 },
  ]
  deepEqual(
    columns(
      [
        ['a', 'bb', 'c'],
        ['a', 'a remark that is long'],
        ['aaa', '', ''],
      ],
      layout,
    ),
    ['a   bb c', 'a   a remark that is long', 'aaa'],
  )
})
