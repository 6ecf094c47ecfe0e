import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completedRecord } from '../../../../src/dataroot/records/earlier-records.ts'
import { containerRecordShape } from '../../../../src/dataroot/records/record-shape.ts'
import { sampleRecord } from '../../../support/sample-record.ts'

/** As a program without images wrote it. */
function earlier() {
  const record = JSON.parse(JSON.stringify(sampleRecord))
  delete record.image
  delete record.declaration.pull
  delete record.declaration.spec.image
  for (const mount of record.declaration.spec.mounts) delete mount.noCopy
  return record
}

test('a record from before images is of a rootfs, and reads as it would be written now', () => {
  assert.notEqual(containerRecordShape(earlier(), ''), null)
  assert.deepEqual(completedRecord(earlier()), JSON.parse(JSON.stringify(sampleRecord)))
})

test('what a record says itself stays, and what is no record stays what it is', () => {
  const image = { id: `sha256:${'a'.repeat(64)}`, reference: 'web' }
  assert.deepEqual(completedRecord({ image }), { image })
  for (const value of [null, [], 'text', { image: null, declaration: 7 }]) {
    assert.deepEqual(completedRecord(value), value)
  }
})
