import assert from 'node:assert/strict'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot, probeRoot } from '../../src/dataroot/layout/root.ts'
import { expectFailure, expectOk, temporaryDirectory, temporaryRoot } from './dataroot-lab.ts'

const create = { create: true }

test('a data-root is made once, and keeps its identity', t => {
  const directory = temporaryDirectory(t)
  const paths = dataRootPaths(join(directory, 'a/b'), join(directory, 'run'))
  assert.equal(expectOk(probeRoot(paths)), null)
  const { rootId } = expectOk(openRoot(paths, create))
  assert.match(rootId, /^[0-9a-f]{12}$/)
  assert.equal(expectOk(openRoot(paths, create)).rootId, rootId)
  assert.equal(expectOk(probeRoot(paths))?.rootId, rootId)
})

test('looking at an absent data-root makes nothing', t => {
  const directory = temporaryDirectory(t)
  const paths = dataRootPaths(join(directory, 'absent'), join(directory, 'run'))
  assert.match(expectFailure(openRoot(paths, { create: false }), 'E_STATE'), /there is no data-root here yet/)
  assert.equal(existsSync(paths.root), false)
})

test('an interrupted first run is carried on', t => {
  const paths = temporaryRoot(t)
  rmSync(paths.rootId)
  rmSync(paths.removed, { recursive: true })
  expectOk(openRoot(paths, create))
  assert.ok(existsSync(paths.removed))
})

test('an existing volume store is not touched, since its lock lives on its inode', t => {
  const paths = temporaryRoot(t)
  writeFileSync(paths.metadataDb, 'bolt')
  expectOk(openRoot(paths, create))
  assert.equal(readFileSync(paths.metadataDb, 'utf8'), 'bolt')
})

for (const [type, name] of [
  [0x6969, 'NFS'],
  [0x65735546, 'FUSE'],
  [0xff534d42 | 0, 'CIFS'],
] as const) {
  test(`a data-root on ${name} is refused`, t => {
    const directory = temporaryDirectory(t)
    const paths = dataRootPaths(directory, join(directory, 'run'))
    const message = expectFailure(openRoot(paths, { create: true, fileSystemType: () => type }), 'E_STATE')
    assert.match(message, new RegExp(`^data-root ${directory}: is on ${name}, where .* with --root$`))
    assert.deepEqual(readdirSync(directory), [])
  })
}

test('a copy of a data-root is refused, by name of the original', t => {
  const paths = temporaryRoot(t)
  const copy = dataRootPaths(`${paths.root}-copy`, paths.run)
  cpSync(paths.root, copy.root, { recursive: true })
  const message = expectFailure(openRoot(copy, create), 'E_STATE')
  assert.ok(message.includes(`was made at ${paths.root} and is a copy of it`), message)
  assert.ok(message.includes(`remove ${copy.rootId}`), message)
  expectFailure(probeRoot(copy), 'E_STATE')
})

test('a copy that was moved to the place of the original is refused', t => {
  const paths = temporaryRoot(t)
  renameSync(paths.root, `${paths.root}-original`)
  cpSync(`${paths.root}-original`, paths.root, { recursive: true })
  assert.match(expectFailure(openRoot(paths, create), 'E_STATE'), /is a copy; two data-roots with the id/)
})

test('a copy gets an identity of its own when its old one is removed', t => {
  const paths = temporaryRoot(t)
  const copy = dataRootPaths(`${paths.root}-copy`, paths.run)
  cpSync(paths.root, copy.root, { recursive: true })
  rmSync(copy.rootId)
  assert.notEqual(expectOk(openRoot(copy, create)).rootId, expectOk(openRoot(paths, create)).rootId)
})

test('a damaged identity is not replaced, since cgroups carry it', t => {
  const paths = temporaryRoot(t)
  for (const text of ['', '{', '{"version":1}', '{"version":2,"id":"0123456789ab","path":"/","device":1,"inode":1}']) {
    writeFileSync(paths.rootId, text)
    assert.match(expectFailure(openRoot(paths, create), 'E_STATE'), /its identity can't be read .*; restore /)
    assert.equal(readFileSync(paths.rootId, 'utf8'), text)
  }
})

for (const [entry, engine] of [
  ['image/overlay2', 'Docker'],
  ['io.containerd.metadata.v1.bolt', 'containerd'],
  ['libpod', 'Podman'],
] as const) {
  test(`a directory of ${engine} is refused and left as it is`, t => {
    const directory = temporaryDirectory(t)
    mkdirSync(join(directory, entry), { recursive: true })
    const paths = dataRootPaths(directory, join(directory, 'run'))
    const message = expectFailure(openRoot(paths, create), 'E_STATE')
    assert.ok(message.includes(`belongs to another engine, ${engine}`), message)
    assert.deepEqual(readdirSync(directory), [entry.split('/')[0]])
    expectFailure(probeRoot(paths), 'E_STATE')
  })
}

test("containers that are not ours are another engine's", t => {
  const directory = temporaryDirectory(t)
  mkdirSync(join(directory, 'containers', 'a'.repeat(64)), { recursive: true })
  const paths = dataRootPaths(directory, join(directory, 'run'))
  assert.match(expectFailure(openRoot(paths, create), 'E_STATE'), /belongs to another engine/)
})

test('a directory with other content is no data-root', t => {
  const directory = temporaryDirectory(t)
  writeFileSync(join(directory, 'thesis.txt'), '')
  const paths = dataRootPaths(directory, join(directory, 'run'))
  assert.match(
    expectFailure(openRoot(paths, create), 'E_STATE'),
    /is not empty \(.*thesis\.txt\) and not a data-root of ours/,
  )
})

test('an engine that uses our data-root afterwards does not lock us out', t => {
  const paths = temporaryRoot(t)
  mkdirSync(join(paths.root, 'image'))
  expectOk(openRoot(paths, create))
})

test('a file in the way of the data-root or of a part of it is named', t => {
  const paths = temporaryRoot(t)
  rmSync(paths.layers, { recursive: true })
  writeFileSync(paths.layers, '')
  assert.match(expectFailure(openRoot(paths, create), 'E_STATE'), /layers is in the way: not a directory; move it away/)
  rmSync(paths.layers)
  symlinkSync('/etc', paths.layers)
  expectFailure(openRoot(paths, create), 'E_STATE')
  const file = dataRootPaths(paths.metadataDb, paths.run)
  assert.match(expectFailure(openRoot(file, { create: false }), 'E_STATE'), /is not a directory/)
})

test('a data-root that everybody may write to is refused', t => {
  const paths = temporaryRoot(t)
  chmodSync(paths.root, 0o777)
  assert.match(expectFailure(openRoot(paths, create), 'E_STATE'), /others than root may write here/)
})
