import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { runAtOnce } from '../../src/dataroot/files/disk-work.ts'
import {
  createContainerFiles,
  listContainers,
  makeLayer,
  markDeleting,
  publishingRecord,
  readRecord,
  removeContainerFiles,
  sweepRemoved,
  writeDockerState,
  writeRecord,
} from '../../src/dataroot/objects/containers.ts'
import { readDockerState, runningState } from '../../src/dataroot/docker/state.ts'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import type { DataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { repairRecords } from '../../src/dataroot/objects/repair.ts'
import { sampleId, sampleRecord } from '../support/sample-record.ts'
import { expectOk, rootWith, temporaryRoot } from './dataroot-lab.ts'

const listing = (paths: DataRootPaths) => expectOk(listContainers(paths))
const mode = (path: string) => statSync(path).mode & 0o7777

test('a container is read back as it was written', t => {
  const paths = rootWith(t, sampleRecord)
  assert.deepEqual(listing(paths), { records: [{ record: sampleRecord, complete: true, deleting: false }], torn: [] })
})

test("files have Docker's names and modes, and environments are for root alone", t => {
  const at = containerPaths(rootWith(t, sampleRecord), sampleId)
  assert.deepEqual(
    [at.dir, at.checkpoints, at.record, at.recordCopy, at.config, at.hostConfig, at.upper].map(mode),
    [0o710, 0o700, 0o600, 0o600, 0o600, 0o644, 0o755],
  )
})

const neverRun = { ...sampleRecord, run: null }

test('a container appears together with its record', t => {
  const paths = temporaryRoot(t)
  runAtOnce(publishingRecord(paths, neverRun))
  assert.deepEqual(listing(paths).records, [{ record: neverRun, complete: false, deleting: false }])
})

test('creating can be taken up after a crash at any point', async t => {
  const paths = temporaryRoot(t)
  const crashes: readonly (() => void)[] = [
    () => mkdirSync(join(paths.staging, sampleId)),
    () => runAtOnce(publishingRecord(paths, neverRun)),
    () => makeLayer(paths, neverRun),
    () => writeFileSync(containerPaths(paths, sampleId).hostConfig, '{'),
  ]
  for (const crash of crashes) {
    crash()
    assert.ok(listing(paths).records.every(({ complete }) => !complete))
    assert.deepEqual(listing(paths).torn, [])
  }
  expectOk(await createContainerFiles(paths, neverRun))
  assert.equal(listing(paths).records[0]?.complete, true)
})

test('one that has run was completely made, whatever became of its files since', t => {
  const paths = rootWith(t, sampleRecord)
  rmSync(containerPaths(paths, sampleId).config)
  assert.equal(listing(paths).records[0]?.complete, true)
})

test("the state in Docker's file is read back", async t => {
  const paths = rootWith(t, sampleRecord)
  const state = runningState(4321, 1_770_000_001_000)
  expectOk(await writeDockerState(paths, sampleRecord, state))
  assert.deepEqual(readDockerState(paths, sampleId), { known: true, value: state })
})

test('removing leaves nothing, and may be repeated', async t => {
  const paths = rootWith(t, sampleRecord)
  const at = containerPaths(paths, sampleId)
  writeFileSync(join(at.upper, 'file'), 'x')
  expectOk(await removeContainerFiles(paths, sampleId))
  expectOk(await removeContainerFiles(paths, sampleId))
  for (const directory of [paths.containers, paths.layers, paths.removed, paths.recordCopies]) {
    assert.deepEqual(readdirSync(directory), [], directory)
  }
})

test('a record stays findable until the layer has left its place', async t => {
  const paths = rootWith(t, sampleRecord)
  const at = containerPaths(paths, sampleId)
  expectOk(markDeleting(paths, sampleId))
  assert.equal(listing(paths).records[0]?.deleting, true)
  renameSync(at.layer, join(paths.removed, `${sampleId}.layer`))
  assert.equal(listing(paths).records[0]?.deleting, true)
  renameSync(at.dir, join(paths.removed, sampleId))
  assert.deepEqual(listing(paths), { records: [], torn: [] })
  expectOk(await sweepRemoved(paths))
  assert.deepEqual(readdirSync(paths.removed), [])
})

test('what a crash left in staging and removed is swept', async t => {
  const paths = temporaryRoot(t)
  mkdirSync(join(paths.staging, 'a/b'), { recursive: true })
  mkdirSync(join(paths.removed, 'c/d'), { recursive: true })
  writeFileSync(join(paths.removed, 'e'), '')
  expectOk(await sweepRemoved(paths))
  assert.deepEqual([...readdirSync(paths.staging), ...readdirSync(paths.removed)], [])
})

test('removing a hostile layer does not follow its links', async t => {
  const paths = rootWith(t, sampleRecord)
  const at = containerPaths(paths, sampleId)
  const victim = join(paths.root, 'victim')
  mkdirSync(victim)
  writeFileSync(join(victim, 'precious'), '')
  symlinkSync(victim, join(at.upper, 'link'))
  mkdirSync(join(at.upper, 'deep/.moved-0'), { recursive: true })
  writeFileSync(join(at.upper, '.moved-1'), '')
  mkdirSync(join(at.upper, '.moved-2/full'), { recursive: true })
  symlinkSync('../../../../victim', join(at.upper, 'deep/link'))
  mkdirSync(join(at.work, 'work'))
  chmodSync(join(at.work, 'work'), 0)
  makeFifo(join(at.upper, 'fifo'))
  expectOk(await removeContainerFiles(paths, sampleId))
  assert.deepEqual(readdirSync(victim), ['precious'])
  assert.equal(existsSync(at.layer), false)
})

test('removing a layer whose own directory was replaced by a link removes only the link', async t => {
  const paths = rootWith(t, sampleRecord)
  const at = containerPaths(paths, sampleId)
  const victim = join(paths.root, 'victim')
  mkdirSync(join(victim, 'precious'), { recursive: true })
  rmSync(at.layer, { recursive: true })
  symlinkSync(victim, at.layer)
  expectOk(await removeContainerFiles(paths, sampleId))
  assert.deepEqual(readdirSync(victim), ['precious'])
})

test('a tree deeper than any path can name is removed', { timeout: 60_000 }, async t => {
  const paths = rootWith(t, sampleRecord)
  const { upper } = containerPaths(paths, sampleId)
  // 3000 levels, 300 KB of path, grown from the inside
  let inner = join(upper, 'level-0')
  mkdirSync(inner)
  for (let level = 1; level <= 3000; level++) {
    const outer = join(upper, `level-${level}`)
    mkdirSync(outer)
    renameSync(inner, join(outer, 'n'.repeat(100)))
    inner = outer
  }
  expectOk(await removeContainerFiles(paths, sampleId))
  assert.deepEqual(readdirSync(paths.removed), [])
})

test('20,000 files do not hold up other work', async t => {
  const paths = rootWith(t, sampleRecord)
  const { upper } = containerPaths(paths, sampleId)
  for (let n = 0; n < 20_000; n++) writeFileSync(join(upper, `${n}`), '')
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  expectOk(await removeContainerFiles(paths, sampleId))
  clearInterval(timer)
  assert.ok(turns > 5, `${turns} turns`)
})

const damages: readonly (readonly [string, (path: string) => void])[] = [
  ['is empty', path => writeFileSync(path, '')],
  ['is cut off', path => writeFileSync(path, readFileSync(path, 'utf8').slice(0, 500))],
  ['is of a wrong type', path => writeFileSync(path, '[1]')],
  ['lacks a field', path => writeFileSync(path, JSON.stringify({ ...sampleRecord, limits: undefined }))],
  [
    'belongs to another container',
    path => writeFileSync(path, JSON.stringify({ ...sampleRecord, id: 'f'.repeat(64) })),
  ],
  ['is huge', path => writeFileSync(path, Buffer.alloc(9 * 1024 * 1024, ' '))],
  ['is a link', path => replaceBy(path, () => symlinkSync('/etc/passwd', path))],
  ['is a FIFO', path => replaceBy(path, () => makeFifo(path))],
  ['is a directory', path => replaceBy(path, () => mkdirSync(path))],
]

for (const [damage, damageFile] of damages) {
  test(`a record that ${damage} is unreadable, not absent; it is put aside and restored`, t => {
    const paths = rootWith(t, sampleRecord)
    const at = containerPaths(paths, sampleId)
    damageFile(at.record)
    const { records, torn } = listing(paths)
    assert.deepEqual(records, [])
    assert.equal(torn[0]?.kind, 'unreadable')
    assert.ok(torn[0].why.startsWith(`${at.record}: `), torn[0].why)
    const [sentence] = expectOk(repairRecords(paths, torn, [], 0))
    assert.match(
      sentence ?? '',
      /put aside as reconcile\.json\.unreadable-19700101T000000Z; restored from its second copy$/,
    )
    assert.ok(lstatSync(`${at.record}.unreadable-19700101T000000Z`))
    assert.deepEqual(readRecord(paths, sampleId), { known: true, value: sampleRecord })
  })
}

test('a record that was deleted is restored from its second copy', t => {
  const paths = rootWith(t, sampleRecord)
  rmSync(containerPaths(paths, sampleId).record)
  expectOk(repairRecords(paths, listing(paths).torn, [], 0))
  assert.deepEqual(listing(paths).records[0]?.record, sampleRecord)
})

test('without a second copy the unreadable record is kept aside, and said', t => {
  const paths = rootWith(t, sampleRecord)
  const at = containerPaths(paths, sampleId)
  rmSync(at.recordCopy)
  writeFileSync(at.record, '{')
  assert.match(expectOk(repairRecords(paths, listing(paths).torn, [], 0))[0] ?? '', /there is no second copy/)
  assert.ok(readdirSync(at.dir).includes('reconcile.json.unreadable-19700101T000000Z'))
})

test('a record of a later version is left to the program that wrote it', t => {
  const paths = rootWith(t, sampleRecord)
  const at = containerPaths(paths, sampleId)
  writeFileSync(at.record, JSON.stringify({ ...sampleRecord, version: 2 }))
  const { torn } = listing(paths)
  assert.match(torn[0]?.why ?? '', /version is 2; this program reads version 1/)
  assert.deepEqual(expectOk(repairRecords(paths, torn, [], 0)), [])
  assert.ok(readFileSync(at.record, 'utf8').includes('"version":2'))
})

test("another engine's container beside ours is seen as foreign and not touched", t => {
  const paths = rootWith(t, sampleRecord)
  const foreign = containerPaths(paths, '0'.repeat(63).concat('a'))
  mkdirSync(foreign.dir)
  writeFileSync(foreign.config, '{}')
  mkdirSync(join(paths.containers, 'not-an-id'))
  const { records, torn } = listing(paths)
  assert.equal(records.length, 1)
  assert.deepEqual(
    torn.map(({ id, kind }) => [id, kind]),
    [[basename(foreign.dir), 'foreign']],
  )
  assert.deepEqual(expectOk(repairRecords(paths, torn, [], 0)), [])
})

test('a record that is no record is never written', async t => {
  const paths = rootWith(t, sampleRecord)
  const broken = { ...sampleRecord, createdAtMs: Number.NaN }
  await assert.rejects(writeRecord(paths, broken), /not a container record: createdAtMs is not a number from 0/)
  assert.deepEqual(listing(paths).records[0]?.record, sampleRecord)
})

test('a path is never made from what is no container id', t => {
  const paths = temporaryRoot(t)
  for (const id of ['..', '', 'A'.repeat(64), `${'a'.repeat(63)}/`])
    assert.throws(() => containerPaths(paths, id), /not a container id/)
})

function replaceBy(path: string, make: () => void): void {
  rmSync(path)
  make()
}

const makeFifo = (path: string) => execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path])
