import assert from 'node:assert/strict'
import { readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { digestOf } from '../../src/dataroot/images/digest.ts'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { findGarbage } from '../../src/dataroot/images/garbage.ts'
import { removeImage } from '../../src/dataroot/images/image-entry.ts'
import { listStores } from '../../src/dataroot/images/list-stores.ts'
import { dropReferences, putReferences, readReferences } from '../../src/dataroot/images/references.ts'
import { storeImage } from '../support/hand-made-image.ts'
import { expectFailure, expectOk } from './dataroot-lab.ts'
import { base, open, name, known } from './stores-lab.ts'

test('names move as tags and stay as digests', t => {
  const { at, paths } = open(t)
  const [one, two] = [digestOf('1'), digestOf('2')]
  const byDigest = { repository: 'web', reference: `web@${digestOf('m')}` }
  expectOk(putReferences(at, [name('1'), byDigest], one))
  expectOk(putReferences(at, [name('1')], two))
  assert.deepEqual(
    known(readReferences(at)).map(({ reference, imageId }) => [reference, imageId]),
    [
      ['web:1', two],
      [byDigest.reference, one],
    ],
  )
  assert.match(expectFailure(putReferences(at, [name('2'), byDigest], two), 'E_STATE'), /is sha256:\w+ already/)
  assert.equal(known(readReferences(at)).length, 2)
  for (const bad of [
    { repository: 'sha256', reference: 'sha256:1' },
    { repository: 'web', reference: 'api:1' },
    { repository: 'web', reference: 'web:../x' },
    { repository: 'web', reference: 'web' },
    { repository: '', reference: ':1' },
  ]) {
    expectFailure(putReferences(at, [bad], one), 'E_SPEC')
  }
  assert.match(expectFailure(removeImage(at, two), 'E_BUSY'), /is still named web:1/)
  expectOk(dropReferences(at, ['web:1', 'web:unknown']))
  expectOk(removeImage(at, two))
  assert.deepEqual(
    known(readReferences(at)).map(({ reference }) => reference),
    [byDigest.reference],
  )
  assert.match(expectOk(fsck(paths)).damage[0]?.why ?? '', /names sha256:\w+, which is not here/)
})

test('names that can not be read are never taken for none', async t => {
  const { at, paths } = open(t)
  const image = await storeImage(at, [base])
  expectOk(putReferences(at, [name('1')], image.imageId))
  for (const text of ['', '{', '[]', '{"Repositories":[]}', '{"Repositories":{"web":{"web:1":"../x"}}}']) {
    writeFileSync(at.references, text)
    expectFailure(putReferences(at, [name('2')], image.imageId), 'E_STATE')
    expectFailure(dropReferences(at, ['web:1']), 'E_STATE')
    expectFailure(removeImage(at, image.imageId), 'E_STATE')
    assert.equal(readFileSync(at.references, 'utf8'), text)
    assert.match(expectOk(fsck(paths)).damage[0]?.path ?? '', /repositories\.json$/)
    const garbage = findGarbage(expectOk(listStores(at)), new Set())
    assert.deepEqual([garbage.images, garbage.layers, garbage.damaged], [[], [], []])
  }
  unlinkSync(at.references)
  symlinkSync('/etc/passwd', at.references)
  expectFailure(putReferences(at, [name('2')], image.imageId), 'E_STATE')
})
