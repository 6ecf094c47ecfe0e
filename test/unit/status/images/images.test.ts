import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imagesTable, removedLines, unneededLines } from '../../../../src/status/images/images.ts'
import { sizeText } from '../../../../src/status/text/units.ts'

const id = (digit: string) => `sha256:${digit.repeat(64)}`
const nowMs = Date.parse('2026-01-02T03:00:00Z')
const row = { created: '2026-01-02T02:00:00Z', architecture: 'amd64', os: 'linux', sizeBytes: 4_500_000, layers: 2 }

test('images are listed by name; one without a tag shows that it has none', () => {
  const text = imagesTable(
    [
      { ...row, imageId: id('a'), tags: ['host:5000/app:1', 'app:2'], digests: [] },
      { ...row, imageId: id('b'), tags: [], digests: [`old@${id('c')}`], created: '' },
      { ...row, imageId: id('d'), tags: [], digests: [] },
    ],
    nowMs,
  )
  assert.equal(
    text,
    [
      'NAME           TAG     ID            CREATED  SIZE',
      'host:5000/app  1       aaaaaaaaaaaa  1h ago   4.3Mi',
      'app            2       aaaaaaaaaaaa  1h ago   4.3Mi',
      'old            <none>  bbbbbbbbbbbb  -        4.3Mi',
      '<none>         <none>  dddddddddddd  1h ago   4.3Mi',
    ].join('\n'),
  )
})

test('sizes are in binary units', () => {
  assert.deepEqual([0, 1023, 1024, 10 * 1024, 5 * 2 ** 30].map(sizeText), ['0B', '1023B', '1.0Ki', '10Ki', '5.0Gi'])
})

test('a removal names what went, and what stays for a while', () => {
  const removed = { imageId: id('a'), untagged: ['app:1'], isGone: true, layers: [id('b')], isHeld: false }
  assert.equal(removedLines(removed), '- image app:1  untagged\n- image aaaaaaaaaaaa  removed with 1 layer')
  assert.match(removedLines({ ...removed, layers: [], isHeld: true }), /its layers stay while a pull/)
  assert.equal(removedLines({ ...removed, isGone: false }), '- image app:1  untagged')
})

test('gc tells what it would remove, what it has removed, and why it may not', () => {
  const none = { images: [], layers: [], damaged: [], parts: [], bytes: 0, held: null }
  assert.match(unneededLines(none, false), /^nothing to remove/)
  const some = { ...none, images: [{ imageId: id('a') }], layers: [{ chainId: id('b'), sizeBytes: 2048 }], bytes: 2048 }
  assert.match(unneededLines(some, false), /2\.0Ki would go: `reconcile images gc --remove`$/)
  assert.match(unneededLines(some, true), /2\.0Ki removed$/)
  assert.match(unneededLines({ ...some, held: 'image x: damaged' }, false), /no layer can be removed: image x: damaged/)
})
