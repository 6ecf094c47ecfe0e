import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readVolumeRows } from '../../src/dataroot/bbolt/volume-rows.ts'
import { volumePaths } from '../../src/dataroot/layout/paths.ts'
import { refuseMountPoints, removeTree } from '../../src/dataroot/files/remove-tree.ts'
import {
  createVolume,
  listVolumes,
  removeVolume,
  updateVolume,
  volumeData,
} from '../../src/dataroot/objects/volumes.ts'
import { cutOffAfter } from '../support/cut-off.ts'
import { sampleVolume } from '../support/sample-record.ts'
import { expectFailure, expectOk, temporaryDirectory, temporaryRoot } from './dataroot-lab.ts'

test("a volume has Docker's layout, and our record beside its data", t => {
  const paths = temporaryRoot(t)
  expectOk(createVolume(paths, sampleVolume))
  const at = volumePaths(paths, 'beat')
  assert.deepEqual(
    [at.dir, at.data, at.record].map(path => statSync(path).mode & 0o7777),
    [0o701, 0o755, 0o600],
  )
  assert.deepEqual(expectOk(listVolumes(paths)), [{ name: 'beat', record: { known: true, value: sampleVolume } }])
  assert.deepEqual(volumeData(paths, 'beat'), { known: true, value: at.data })
  assert.deepEqual(volumeData(paths, 'other'), { known: true, value: null })
})

test('a volume that exists keeps its data when it gets a record', t => {
  const paths = temporaryRoot(t)
  const at = volumePaths(paths, 'beat')
  mkdirSync(at.data, { recursive: true })
  writeFileSync(join(at.data, 'precious'), '1')
  assert.deepEqual(expectOk(listVolumes(paths))[0]?.record, { known: true, value: null })
  expectOk(createVolume(paths, sampleVolume))
  expectOk(updateVolume(paths, { ...sampleVolume, removal: 'delete' }))
  assert.equal(readFileSync(join(at.data, 'precious'), 'utf8'), '1')
  const [volume] = expectOk(listVolumes(paths))
  assert.equal(volume?.record.known && volume.record.value?.removal, 'delete')
})

test('a volume whose creation was cut off is not there, or an engine knows its labels', async t => {
  const paths = temporaryRoot(t)
  for (let n = 0, wasCutOff = true; wasCutOff; n++) {
    const record = { ...sampleVolume, name: `volume-${n}` }
    wasCutOff = await cutOffAfter(n, () => expectOk(createVolume(paths, record)))
    const isThere = existsSync(volumePaths(paths, record.name).dir)
    const rows = expectOk(readVolumeRows(paths.metadataDb)).map(({ name }) => name)
    assert.ok(!isThere || rows.includes(record.name), `after ${n} operations`)
  }
})

test('a tree that two remove at once is gone, and neither fails', async t => {
  const top = join(temporaryDirectory(t), 'tree')
  for (let n = 0; n < 40; n++) {
    mkdirSync(join(top, `${n}/inner/deep`), { recursive: true })
    for (let m = 0; m < 40; m++) writeFileSync(join(top, `${n}/inner/${m}`), '')
  }
  await Promise.all([removeTree(top), removeTree(top), removeTree(top)])
  assert.equal(existsSync(top), false)
})

test('a volume is removed with its data, without following links; twice does no harm', async t => {
  const paths = temporaryRoot(t)
  expectOk(createVolume(paths, sampleVolume))
  const victim = temporaryDirectory(t)
  writeFileSync(join(victim, 'precious'), '')
  symlinkSync(victim, join(volumePaths(paths, 'beat').data, 'link'))
  expectOk(await removeVolume(paths, 'beat'))
  expectOk(await removeVolume(paths, 'beat'))
  assert.deepEqual([readdirSync(paths.volumes), readdirSync(paths.removed)], [['metadata.db'], []])
  assert.deepEqual(readdirSync(victim), ['precious'])
})

test('nothing is removed where something is mounted', t => {
  const mountinfo = join(temporaryDirectory(t), 'mountinfo')
  writeFileSync(mountinfo, '30 25 0:27 / /data/my\\040volume/_data rw - tmpfs tmpfs rw\n')
  assert.throws(() => refuseMountPoints('/data/my volume', mountinfo), { code: 'EBUSY', path: '/data/my volume/_data' })
  refuseMountPoints('/data/my', mountinfo)
})

test("a volume can't have the name of Docker's own files, nor one that leaves the directory", t => {
  const paths = temporaryRoot(t)
  for (const name of ['metadata.db', 'backingFsBlockDev', '..', 'a/b', 'x', '']) {
    assert.match(expectFailure(createVolume(paths, { ...sampleVolume, name }), 'E_SPEC'), /a volume can't be named/)
  }
})

test('a volume whose record is damaged is unreadable, not ownerless', t => {
  const paths = temporaryRoot(t)
  expectOk(createVolume(paths, sampleVolume))
  const at = volumePaths(paths, 'beat')
  for (const text of [
    '',
    '{',
    JSON.stringify({ ...sampleVolume, removal: 'maybe' }),
    JSON.stringify({ ...sampleVolume, name: 'other' }),
  ]) {
    writeFileSync(at.record, text)
    assert.equal(expectOk(listVolumes(paths))[0]?.record.known, false, text)
  }
  rmSync(at.record)
  symlinkSync('/etc/passwd', at.record)
  assert.deepEqual(expectOk(listVolumes(paths))[0]?.record, {
    known: false,
    why: `${at.record}: a symbolic link, not a file`,
  })
})

test('files and links in the place of volumes are none', t => {
  const paths = temporaryRoot(t)
  writeFileSync(join(paths.volumes, 'file'), '')
  symlinkSync('/etc', join(paths.volumes, 'link'))
  assert.deepEqual(expectOk(listVolumes(paths)), [])
})
