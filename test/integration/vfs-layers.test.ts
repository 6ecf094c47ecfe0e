import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { assembled, listing, openLayerLab, refused, sha256, tryLayer, unpacked } from '../support/layer-lab.ts'
import { dir, file, hardLink, link, tar } from '../support/tar.ts'

const xattr = (path: string, name: string): string =>
  spawnSync('getfattr', ['--absolute-names', '-h', '--only-values', '-n', name, path], { encoding: 'utf8' }).stdout

const base = tar(
  dir('etc/', { mode: 0o750, uid: 3, mtime: 1_500_000_000 }),
  file('etc/gone', 'x'),
  file('etc/kept', 'kept', { mode: 0o4755, mtime: 1_500_000_001, pax: { 'SCHILY.xattr.user.color': 'blue' } }),
  // its header speaks of the same file
  { ...hardLink('etc/twin', 'etc/kept'), mode: 0o4755, mtime: 1_500_000_001 },
  dir('var/', { mode: 0o711, uid: 5 }),
  file('var/old'),
  dir('opaque/'),
  file('opaque/old'),
  link('out', '../../../outside'),
  dir('tree/'),
  file('tree/leaf'),
  { name: 'null', type: '3', device: [1, 3], mode: 0o666 },
)
const top = tar(
  dir('etc/', { mode: 0o700, uid: 4, mtime: 1_600_000_000 }),
  file('etc/.wh.gone', ''),
  file('etc/new', 'new'),
  file('var/new', 'made below nobody'),
  file('opaque/.wh..wh..opq', ''),
  file('opaque/new', 'n'),
  file('.wh.tree', ''),
  { name: 'null', type: '3', device: [0, 0] },
  file('.wh.nothing', ''),
)

test('a whole layer holds what the one below has and it does not hide, and nothing that it hides', async t => {
  const lab = openLayerLab(t)
  const below = await unpacked(lab, base, { whole: { below: null } })
  const { dir: whole, value, tarSplit } = await unpacked(lab, top, { whole: { below: below.dir } })
  assert.deepEqual(listing(whole), [
    '40700 4:0 etc',
    '104755 0:0 4 etc/kept',
    '100644 0:0 3 etc/new',
    '104755 0:0 4 etc/twin',
    '40755 0:0 opaque',
    '100644 0:0 1 opaque/new',
    '120777 0:0 out -> ../../../outside',
    // its own tar says nothing of this directory: it stays as it was below
    '40711 5:0 var',
    '100644 0:0 17 var/new',
    '100644 0:0 1 var/old',
  ])
  assert.equal(lstatSync(join(whole, 'etc')).mtimeMs, 1_600_000_000_000)
  assert.equal(lstatSync(join(whole, 'etc/kept')).mtimeMs, 1_500_000_001_000)
  assert.equal(xattr(join(whole, 'etc/kept'), 'user.color'), 'blue')
  assert.equal(statSync(join(whole, 'etc/kept')).ino, statSync(join(whole, 'etc/twin')).ino)
  assert.notEqual(statSync(join(whole, 'etc/kept')).ino, statSync(join(below.dir, 'etc/kept')).ino)
  // what the layer itself brings
  assert.equal(value.sizeBytes, 3 + 17 + 1)
  for (const [place, layer] of [
    [below, base],
    [{ dir: whole, tarSplit }, top],
  ] as const) {
    const { bytes, result } = await assembled(lab, place, sha256(layer))
    assert.ok(result.ok, JSON.stringify(result))
    assert.deepEqual(bytes, layer)
  }
})

test('a file in the place of a directory, and a directory in the place of a file, hide all that was there', async t => {
  const lab = openLayerLab(t)
  const below = await unpacked(lab, base, { whole: { below: null } })
  const blob = tar(file('tree', 'now a file'), dir('etc/kept/'), file('etc/kept/in'), link('var', '/etc'))
  const { dir: whole } = await unpacked(lab, blob, { whole: { below: below.dir } })
  assert.equal(readFileSync(join(whole, 'tree'), 'utf8'), 'now a file')
  assert.ok(lstatSync(join(whole, 'var')).isSymbolicLink())
  assert.deepEqual(
    listing(join(whole, 'etc')).map(line => line.split(' ').at(-1)),
    ['gone', 'kept', 'kept/in', 'twin'],
  )
})

test('holes stay holes in every copy', async t => {
  const lab = openLayerLab(t)
  const from = lab.next().dir
  writeFileSync(join(from, 'sparse'), 'begin')
  truncateSync(join(from, 'sparse'), 64 << 20)
  const into = lab.next().dir
  const copied = await lab.core.copyTree({ from, into })
  assert.ok(copied.ok, JSON.stringify(copied))
  const { size, blocks } = statSync(join(into, 'sparse'))
  assert.ok(size === 64 << 20 && blocks * 512 < 1 << 20, `${blocks} blocks`)
  assert.equal(readFileSync(join(into, 'sparse')).subarray(0, 6).toString(), 'begin\0')
})

test('links lead no whiteout, no member and no copy out of the layer, and the one below stays as it is', async t => {
  const lab = openLayerLab(t)
  const witness = join(lab.folder, 'outside')
  mkdirSync(witness)
  writeFileSync(join(witness, 'file'), 'w')
  const hostile = tar(link('a', witness), link('up', '../../..'), dir('real/'), file('real/f'))
  const below = await unpacked(lab, hostile, { whole: { below: null } })
  const before = listing(below.dir)
  const layers = [
    tar(file('a/.wh.file', '')),
    tar(file('up/outside/.wh.file', ''), file('up/.wh..wh..opq', '')),
    tar(dir('a/'), file('a/file', 'mine')),
    tar(link('real', witness), file('real/.wh.file', ''), file('real/.wh..wh..opq', '')),
  ]
  const codes: string[] = []
  for (const layer of layers) {
    const { result } = await tryLayer(lab, layer, { whole: { below: below.dir } })
    codes.push(result.ok ? 'unpacked' : result.error.code)
  }
  assert.deepEqual(codes, ['unpacked', 'unpacked', 'unpacked', 'E_LAYER'])
  assert.equal(readFileSync(join(witness, 'file'), 'utf8'), 'w')
  assert.deepEqual(listing(below.dir), before)
})

test('a layer that is refused leaves nothing, whenever that is', async t => {
  const lab = openLayerLab(t)
  const below = await unpacked(lab, base, { whole: { below: null } })
  const before = listing(below.dir)
  const expect = { blobDigest: null, blobBytes: null, diffId: `sha256:${'0'.repeat(64)}` }
  assert.equal((await refused(lab, top, { whole: { below: below.dir }, expect })).code, 'E_DIGEST')
  const own = tar(file('etc/new'), file('etc/.wh.new', ''))
  assert.match((await refused(lab, own, { whole: { below: below.dir } })).message, /hides an entry of its own layer/)
  assert.equal((await refused(lab, top, { whole: { below: join(lab.folder, 'none') } })).code, 'E_IO')
  assert.deepEqual(listing(below.dir), before)
})
