import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { progressLines } from '../../../../src/status/images/progress.ts'

const mib = 2 ** 20
const layer = (digit: string, state: 'waiting' | 'moving' | 'done' | 'there', doneBytes = 0, keptBytes = 0) => ({
  layer: `sha256:${digit.repeat(64)}`,
  state,
  doneBytes,
  keptBytes,
  totalBytes: 40 * mib,
})

test('each layer of what comes has a line; one that went on where an interrupted pull stopped says so', () => {
  const layers = [
    layer('a', 'there'),
    layer('b', 'done', 40 * mib, 3 * mib),
    layer('c', 'moving', 12 * mib, 10 * mib),
    layer('d', 'waiting'),
  ]
  const images = [
    { title: 'app:1', layers },
    { title: 'web:1', layers: [] },
  ]
  deepEqual(progressLines(images, { rows: 24, columns: 80 }), [
    'app:1: 2 of 4 layers',
    '  aaaaaaaaaaaa  already here',
    '  bbbbbbbbbbbb  done, went on at 3.0Mi',
    '  cccccccccccc  12Mi of 40Mi, went on at 10Mi',
    '  dddddddddddd  waiting',
    'web:1: asking',
  ])
})

test('there are no more lines than the terminal has; those that move come first', () => {
  const digits = Array.from({ length: 12 }, (_, i) => i.toString(16))
  const layers = digits.map((digit, i) => layer(digit, i < 4 ? 'done' : i === 11 ? 'moving' : 'waiting', mib))
  const one = progressLines([{ title: 'app:1', layers }], { rows: 8, columns: 80 })
  deepEqual([one.length, one[0], one[1]], [5, 'app:1: 4 of 12 layers', '  bbbbbbbbbbbb  1.0Mi of 40Mi'])
  const images = digits.map(title => ({ title, layers }))
  equal(progressLines(images, { rows: 8, columns: 80 }).length, 5)
  ok(progressLines(images.slice(0, 2), { rows: 8, columns: 80 }).includes('  bbbbbbbbbbbb  1.0Mi of 40Mi'))
})

test('no line is wider than the terminal, and none brings control characters to it', () => {
  const [line = ''] = progressLines([{ title: `host/${'x'.repeat(90)}\u001b[2J`, layers: [] }], {
    rows: 24,
    columns: 40,
  })
  equal(line.length, 39)
  ok(
    !progressLines([{ title: '\u001b[2J', layers: [] }], { rows: 24, columns: 80 })
      .join('')
      .includes('\u001b'),
  )
})
