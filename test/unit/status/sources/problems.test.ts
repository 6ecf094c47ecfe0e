import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Problem } from '../../../../src/model/desired.ts'
import { problemsText, problemText } from '../../../../src/status/sources/problems.ts'
import { show } from '../facts.ts'

const memroy: Problem = {
  position: { file: '/tmp/bad.yaml', line: 10, column: 5 },
  file: '/tmp/bad.yaml',
  message: 'unknown field "memroy" in spec.limits; did you mean "memory"?',
  excerpt: { text: '    memroy: 64Mi', column: 5, length: 6 },
}

test('a mistake is shown with its place, its line and what to write instead', () => {
  equal(
    problemsText([memroy], 1, 'would be', show),
    `/tmp/bad.yaml:10:5: unknown field "memroy" in spec.limits; did you mean "memory"?
   10 |     memroy: 64Mi
      |     ^^^^^^
1 file, 1 error; nothing of it would be applied`,
  )
})

test('the closing line tells the bad files from the others', () => {
  const last = (text: string) => text.split('\n').at(-1)
  const other = { ...memroy, file: '/tmp/other.yaml' }
  equal(last(problemsText([memroy], 3, 'was', show)), '1 of 3 files, 1 error; nothing of it was applied')
  equal(
    last(problemsText([memroy, memroy, other], 3, 'was', show)),
    '2 of 3 files, 3 errors; nothing of them was applied',
  )
})

test('a problem of a whole file has one line', () => {
  equal(
    problemText({ ...memroy, position: null, excerpt: null, message: 'not a regular file' }, show),
    '/tmp/bad.yaml: not a regular file',
  )
})

test('carets stay below the mistake in lines with tabs, escapes, or no end', () => {
  const shown = (text: string, column: number, length: number) =>
    problemText({ ...memroy, excerpt: { text, column, length } }, show)
      .split('\n')
      .slice(1)
      .join('\n')
  equal(shown('\ta:\u001b[31m b', 9, 1), '   10 |  a: [31m b\n      |         ^')
  const long = shown(`${'a'.repeat(5000)}X${'b'.repeat(5000)}`, 5001, 1)
  const [line = '', carets = ''] = long.split('\n')
  equal(line.length < 200, true)
  equal(line[carets.indexOf('^')], 'X')
  equal(shown('short', 90, 3), '   10 | short\n      |      ^')
})
