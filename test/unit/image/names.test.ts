import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameRefusal, pulledNames, storedName } from '../../../src/image/names.ts'
import { reference } from '../../support/registry-client.ts'

const [one, two] = ['1', '2'].map(digit => `sha256:${digit.repeat(64)}`) as [string, string]

test('a reference is stored as Docker stores it: by its digest where it has one, else by its tag', () => {
  assert.deepEqual(storedName(reference('busybox')), { repository: 'busybox', reference: 'busybox:latest' })
  assert.equal(storedName(reference('team/app:2')).reference, 'team/app:2')
  assert.equal(storedName(reference(`host:5/x:1@${one}`)).reference, `host:5/x@${one}`)
})

test('a pull by tag gives the tag and the digest, one by digest only that', () => {
  const names = (text: string, index: string | null) =>
    pulledNames(reference(text), { index, manifest: one }, [], two).map(name => name.reference)
  assert.deepEqual(names('app:1', null), ['app:1', `app@${one}`])
  assert.deepEqual(names('app:1', two), ['app:1', `app@${two}`])
  assert.deepEqual(names(`app@${one}`, null), [`app@${one}`])
})

test("an index's digest that is another platform's image here gives way to the manifest's", () => {
  const known = [{ repository: 'app', reference: `app@${two}`, imageId: one }]
  const names = pulledNames(reference('app:1'), { index: two, manifest: one }, known, two)
  assert.deepEqual(
    names.map(name => name.reference),
    ['app:1', `app@${one}`],
  )
})

test('names that would be taken for something else are refused', () => {
  assert.match(nameRefusal(reference('scratch'))?.message ?? '', /reserved/)
  assert.match(nameRefusal(reference('sha256:1'))?.message ?? '', /reserved/)
  assert.equal(nameRefusal(reference('team/scratch')), null)
})
