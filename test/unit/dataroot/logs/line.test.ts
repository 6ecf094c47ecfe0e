import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineCutter, maxLineBytes, parseLogLine } from '../../../../src/dataroot/logs/line.ts'

test('a record is text, stream and time; attributes are passed over', () => {
  const line = String.raw`{"log":"a\u003cb\n","stream":"stderr","attrs":{"tag":"x"},"time":"2026-01-02T03:04:05.123456789Z"}`
  assert.deepEqual(parseLogLine(line), { text: 'a<b\n', stream: 'stderr', time: '2026-01-02T03:04:05.123456789Z' })
})

test('an empty text may be left out, as Docker does', () => {
  assert.equal(parseLogLine('{"stream":"stdout","time":"2026-01-02T03:04:05Z"}')?.text, '')
})

test('what is no record is null', () => {
  for (const line of [
    '',
    '{',
    'null',
    '[]',
    '{"log":1,"stream":"stdout","time":""}',
    '{"log":"","stream":"x","time":""}',
  ]) {
    assert.equal(parseLogLine(line), null, line)
  }
})

test('lines are whole however the bytes are cut, also within a character', () => {
  const bytes = Buffer.from('één\ntwee\n\ndrie')
  for (let size = 1; size <= bytes.length; size++) {
    const cutter = new LineCutter()
    const lines: string[] = []
    for (let at = 0; at < bytes.length; at += size) lines.push(...cutter.take(bytes.subarray(at, at + size)))
    assert.deepEqual(lines, ['één', 'twee', ''])
  }
})

test('a line that is too long is dropped, and the next one is not', () => {
  const cutter = new LineCutter()
  const long = Buffer.alloc(maxLineBytes / 2, 'x')
  assert.deepEqual(
    [long, long, long].flatMap(chunk => cutter.take(chunk)),
    [],
  )
  assert.deepEqual(cutter.take(Buffer.from('end\nnext\n')), ['next'])
})
