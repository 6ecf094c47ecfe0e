import assert from 'node:assert/strict'
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { putVolumeRow, readVolumeRows } from '../../src/dataroot/bbolt/volume-rows.ts'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { createVolume, updateVolume } from '../../src/dataroot/objects/volumes.ts'
import { sampleVolume } from '../support/sample-record.ts'
import { expectOk } from './dataroot-lab.ts'
import { open } from './stores-lab.ts'

test("a volume's labels are in Docker's volume store, and follow", async t => {
  const { paths } = open(t)
  const inode = statSync(paths.metadataDb).ino
  expectOk(createVolume(paths, { ...sampleVolume, labels: { a: '1' } }))
  expectOk(createVolume(paths, { ...sampleVolume, name: 'plain', labels: {} }))
  expectOk(createVolume(paths, { ...sampleVolume, name: 'f'.repeat(64), anonymous: true, labels: {} }))
  expectOk(updateVolume(paths, { ...sampleVolume, labels: { a: '2' } }))
  assert.deepEqual(
    expectOk(readVolumeRows(paths.metadataDb)).map(({ name, driver, labels, options }) => [
      name,
      driver,
      labels,
      options,
    ]),
    [
      [sampleVolume.name, 'local', { a: '2' }, null],
      ['plain', 'local', null, null],
    ],
  )
  assert.deepEqual([statSync(paths.metadataDb).ino, statSync(paths.metadataDb).mode & 0o777], [inode, 0o600])
})

test('a damaged volume store is kept beside a new one, made of what the volumes say', t => {
  const { paths } = open(t)
  expectOk(createVolume(paths, { ...sampleVolume, name: 'one', labels: { a: '1' } }))
  const inode = statSync(paths.metadataDb).ino
  writeFileSync(paths.metadataDb, 'damaged '.repeat(3000))
  assert.match(expectOk(fsck(paths)).damage[0]?.why ?? '', /neither meta page is valid/)
  expectOk(createVolume(paths, { ...sampleVolume, name: 'two', labels: { b: '2' } }))
  const rows = expectOk(readVolumeRows(paths.metadataDb)).map(row => [row.name, row.labels])
  assert.deepEqual(rows, [
    ['one', { a: '1' }],
    ['two', { b: '2' }],
  ])
  assert.equal(statSync(paths.metadataDb).ino, inode)
  const [aside = ''] = readdirSync(paths.volumes).filter(file => file.startsWith('metadata.db.unreadable-'))
  assert.match(readFileSync(join(paths.volumes, aside), 'utf8'), /^damaged /)
  expectOk(putVolumeRow(paths.metadataDb, 'one', null, () => []))
  assert.equal(expectOk(readVolumeRows(paths.metadataDb)).length, 2)
})
