import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { RevisionState } from '../../../../src/model/repository.ts'
import { annotation, errorAt } from '../../../../src/status/passes/annotations.ts'
import { revisionLines } from '../../../../src/status/sources/revisions.ts'

const at = (digit: string) => ({ commit: digit.repeat(40), ref: 'main', atMs: 0 })
const state = (more: Partial<RevisionState>): RevisionState => ({
  source: 'shop',
  describe: 'https://git.example/shop.git',
  seen: at('a'),
  applied: at('a'),
  forced: null,
  trouble: null,
  ...more,
})
const lines = (now: RevisionState, before: RevisionState | null) =>
  revisionLines([now], before === null ? null : [before]).map(line =>
    line.replace('https://git.example/shop.git: ', ''),
  )

test('each commit is told once, with what is wrong with it', () => {
  deepEqual(lines(state({}), null), ['at commit aaaaaaa of main'])
  deepEqual(lines(state({}), state({})), [])
  deepEqual(lines(state({ seen: at('b'), applied: at('b') }), state({})), ['commit aaaaaaa -> bbbbbbb of main'])
  deepEqual(lines(state({ seen: at('b') }), state({})), [
    'commit aaaaaaa -> bbbbbbb of main',
    'commit bbbbbbb has errors, so nothing of it is applied; the last good commit aaaaaaa stays',
  ])
  deepEqual(
    lines(state({ applied: null }), null)
      .at(-1)
      ?.split('; ')[1],
    'what was applied earlier stays as it is',
  )
})

test('a forced push is told, and whether that is certain', () => {
  const forced = { from: 'c'.repeat(40), isCertain: true }
  equal(lines(state({ forced }), null)[1], 'main was force-pushed: ccccccc is not in the history of aaaaaaa')
  equal(
    lines(state({ forced: { ...forced, isCertain: false } }), null)[1],
    'main was force-pushed, or went on by many commits at once: ccccccc is not in the recent history of aaaaaaa',
  )
})

test('trouble is told when it begins and when it ends', () => {
  const down = state({ trouble: 'nobody listens there' })
  deepEqual(lines(down, state({})), ['nobody listens there; the last good commit aaaaaaa stays'])
  deepEqual(lines(down, down), [])
  deepEqual(lines(state({}), down), ['can be read again'])
})

test('a mistake becomes a workflow command that no text can break out of', () => {
  const show = { display: (file: string) => file }
  const position = { file: '/srv/a,b.yaml', line: 4, column: 7 }
  equal(
    annotation(
      { file: position.file, position, message: 'a 100%\n::error::b', excerpt: { text: '', column: 7, length: 3 } },
      show,
    ),
    '::error file=/srv/a%2Cb.yaml,line=4,col=7,endColumn=10::a 100%25%0A::error::b',
  )
  const inside = `https://git.example/shop.git//deploy/web.yaml@${'a'.repeat(40)}`
  equal(
    annotation({ file: inside, position: null, message: 'no', excerpt: null }, show),
    '::error file=deploy/web.yaml::no',
  )
  equal(errorAt(null, 'no network', show), '::error::no network')
})
