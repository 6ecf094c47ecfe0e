import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import {
  assembled,
  listing,
  openLayerLab,
  refused,
  sha256,
  splitLines,
  tryLayer,
  unpacked,
} from '../support/layer-lab.ts'
import { dir, extension, file, hardLink, link, member, padded, paxRecords, tar } from '../support/tar.ts'

const xattr = (path: string, name: string): string =>
  spawnSync('getfattr', ['--absolute-names', '-h', '--only-values', '-n', name, path], { encoding: 'utf8' }).stdout

const everyKind = tar(
  dir('./'),
  dir('usr/', { mode: 0o751, uid: 5, gid: 6, mtime: 1_500_000_000 }),
  file('usr/tool', '#!tool\n', { mode: 0o4755, uid: 1000, gid: 1001, mtime: 1_500_000_001 }),
  hardLink('usr/same', 'usr/tool'),
  link('usr/out', '../../../../etc/passwd'),
  { name: 'usr/pipe', type: '6', mode: 0o600 },
  { name: 'usr/null', type: '3', device: [1, 3], mode: 0o666 },
  { name: 'usr/disk', type: '4', device: [7, 200], mode: 0o660, gid: 6 },
  dir('tmp', { mode: 0o1777 }),
  file('made/by/nobody/file', 'deep'),
  file('old', 'v7', { type: '\0' }),
)

test('every kind of an entry is made with its owner, mode and time', async t => {
  const lab = openLayerLab(t)
  const { dir, value } = await unpacked(lab, everyKind)
  assert.deepEqual(listing(dir), [
    '40755 0:0 made',
    '40755 0:0 made/by',
    '40755 0:0 made/by/nobody',
    '100644 0:0 4 made/by/nobody/file',
    '100644 0:0 2 old',
    '41777 0:0 tmp',
    '40751 5:6 usr',
    '60660 0:6 7:200 usr/disk',
    '20666 0:0 1:3 usr/null',
    '120777 0:0 usr/out -> ../../../../etc/passwd',
    '10600 0:0 usr/pipe',
    // The link's own header says 0644 and root: it is the same file.
    '100644 0:0 7 usr/same',
    '100644 0:0 7 usr/tool',
  ])
  assert.equal(lstatSync(join(dir, 'usr')).mtimeMs, 1_500_000_000_000)
  assert.equal(lstatSync(dir).mode, 0o40755)
  assert.deepEqual(value, {
    blobDigest: sha256(everyKind),
    blobBytes: everyKind.length,
    diffId: sha256(everyKind),
    diffBytes: everyKind.length,
    sizeBytes: 7 + 22 + 4 + 2,
    entries: 11,
    warnings: [],
  })
})

test('gzip, several gzip members, zstd and plain layers have the same DiffID and their own digest', async t => {
  const lab = openLayerLab(t)
  const half = everyKind.length / 2
  const twice = Buffer.concat([gzipSync(everyKind.subarray(0, half)), gzipSync(everyKind.subarray(half))])
  const types = ['tar+gzip', 'tar+gzip', 'tar+zstd', 'tar']
  for (const [index, blob] of [gzipSync(everyKind), twice, zstdCompressSync(everyKind), everyKind].entries()) {
    const mediaType = `application/vnd.oci.image.layer.v1.${types[index]}`
    const expect = { blobDigest: sha256(blob), blobBytes: blob.length, diffId: sha256(everyKind) }
    const { value } = await unpacked(lab, blob, { mediaType, expect })
    assert.equal(value.diffId, sha256(everyKind))
    assert.equal(value.blobDigest, sha256(blob))
  }
})

test('whiteouts become devices 0:0, opaque directories get the overlay attribute', async t => {
  const lab = openLayerLab(t)
  const blob = tar(
    file('etc/.wh.gone', '', { uid: 7, gid: 8 }),
    file('var/.wh..wh..opq', ''),
    dir('var', { mode: 0o700 }),
    file('.wh..wh..opq', ''),
    file('.wh..wh.aufs', ''),
  )
  const { dir: diff, value } = await unpacked(lab, blob)
  assert.deepEqual(listing(diff), ['20000 0:0 .wh.aufs', '40755 0:0 etc', '20000 7:8 etc/gone', '40700 0:0 var'])
  assert.equal(xattr(join(diff, 'var'), 'trusted.overlay.opaque'), 'y')
  assert.equal(xattr(diff, 'trusted.overlay.opaque'), 'y')
  assert.equal(value.sizeBytes, 0)
})

test('PAX headers bring long names, owners, nanoseconds and attributes; GNU headers long names', async t => {
  const lab = openLayerLab(t)
  const long = `${'d/'.repeat(80)}${'n'.repeat(255)}`
  const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex')
  const global = extension('g', paxRecords({ comment: 'of git archive' }))
  const gnu = extension('L', Buffer.from(`${'g'.repeat(200)}\0`))
  const blob = Buffer.concat([
    global,
    member(
      file('short', 'x', {
        pax: {
          path: long,
          uid: '3000000',
          gid: '4000000',
          mtime: '1600000000.123456789',
          'SCHILY.xattr.user.note': 'a\0b=c\n',
          'SCHILY.xattr.security.capability': capability,
        },
      }),
    ),
    gnu,
    tar(file('cut', 'gnu'), file('before', '', { pax: { mtime: '-5.5' } }), file('base256', '', { uid: 2 ** 21 })),
  ])
  const { dir, tarSplit } = await unpacked(lab, blob)
  const found = lstatSync(join(dir, long), { bigint: true })
  assert.deepEqual([found.uid, found.gid, found.mtimeNs], [3_000_000n, 4_000_000n, 1_600_000_000_123_456_789n])
  assert.equal(xattr(join(dir, long), 'user.note'), 'a\0b=c\n')
  assert.equal(readFileSync(join(dir, 'g'.repeat(200)), 'utf8'), 'gnu')
  assert.equal(lstatSync(join(dir, 'before')).mtimeMs, 0)
  assert.equal(lstatSync(join(dir, 'base256')).uid, 2 ** 21)
  assert.equal(splitLines(tarSplit)[1]?.name, 'extension')
  assert.deepEqual((await assembled(lab, { dir, tarSplit }, sha256(blob))).bytes, blob)
})

const sparse10 = (parts: readonly (readonly [number, string])[], realBytes: number): Buffer => {
  const map = `${[parts.length, ...parts.flatMap(([offset, text]) => [offset, text.length])].join('\n')}\n`
  const content = Buffer.concat([padded(Buffer.from(map)), ...parts.map(([, text]) => Buffer.from(text))])
  const pax = {
    'GNU.sparse.major': '1',
    'GNU.sparse.minor': '0',
    'GNU.sparse.name': 'holes',
    'GNU.sparse.realsize': String(realBytes),
  }
  return tar({ name: 'GNUSparseFile.0/holes', content, pax })
}

test('sparse files have holes, and their layer can be assembled again', async t => {
  const lab = openLayerLab(t)
  const blob = sparse10(
    [
      [4096, 'begin'],
      [40_000_000, 'end'],
    ],
    50_000_000,
  )
  const { dir, tarSplit, value } = await unpacked(lab, blob)
  const found = statSync(join(dir, 'holes'))
  assert.equal(found.size, 50_000_000)
  assert.ok(found.blocks < 100, `${found.blocks} blocks`)
  assert.equal(readFileSync(join(dir, 'holes')).toString('latin1', 39_999_999, 40_000_004), '\0end\0')
  assert.equal(value.sizeBytes, 50_000_000)
  assert.deepEqual((await assembled(lab, { dir, tarSplit }, sha256(blob))).bytes, blob)
})

test('the sparse formats of GNU tar itself are read', async t => {
  const lab = openLayerLab(t)
  const source = join(lab.folder, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'holes'), 'start')
  spawnSync('dd', ['if=/dev/urandom', `of=${source}/holes`, 'bs=4096', 'count=3', 'seek=1000', 'conv=notrunc'])
  spawnSync('truncate', ['-s', '20M', join(source, 'holes')])
  for (const format of [['--format=gnu'], ...['0.0', '0.1', '1.0'].map(version => [`--sparse-version=${version}`])]) {
    const packed = spawnSync('tar', ['-C', source, '-c', '-S', ...format, 'holes'], { maxBuffer: 1e9 })
    const { dir, tarSplit } = await unpacked(lab, packed.stdout)
    assert.ok(readFileSync(join(dir, 'holes')).equals(readFileSync(join(source, 'holes'))), format.join())
    assert.ok(statSync(join(dir, 'holes')).blocks < 200)
    assert.deepEqual((await assembled(lab, { dir, tarSplit }, sha256(packed.stdout))).bytes, packed.stdout)
  }
})

test('tar-split names each member with its size and checksum, and keeps all other bytes', async t => {
  const lab = openLayerLab(t)
  const blob = tar(file('a', '123456789'), dir('d/'), file(Buffer.from('\xff', 'latin1'), 'z'))
  const lines = splitLines((await unpacked(lab, blob)).tarSplit)
  assert.deepEqual(
    lines.map(line => line.position),
    [...lines.keys()],
  )
  const members = lines.filter(line => line.type === 1).map(line => ({ ...line, position: 0 }))
  assert.deepEqual(members, [
    { type: 1, name: 'a', size: 9, payload: Buffer.from('b90956c775a41001', 'hex').toString('base64'), position: 0 },
    { type: 1, name: 'd/', payload: null, position: 0 },
    { type: 1, name_raw: '/w==', size: 1, payload: members[2]?.payload, position: 0 },
  ])
  const raw = Buffer.concat(
    lines.filter(line => line.type === 2).map(line => Buffer.from(line.payload ?? '', 'base64')),
  )
  assert.equal(raw.length, blob.length - 10)
})

test('a layer that was unpacked is assembled bit by bit, whatever stands at its end', async t => {
  const lab = openLayerLab(t)
  const big = Buffer.alloc(3_000_001, 'layer ')
  const whole = tar(file('big', big.toString()), dir('d'), file('d/../e', 'e'), file('../f', 'f'), file('/g', 'g'))
  for (const blob of [
    whole,
    Buffer.concat([whole, Buffer.alloc(100_000, 1)]),
    whole.subarray(0, -1024),
    whole.subarray(0, -512),
  ]) {
    const { dir, tarSplit, value } = await unpacked(lab, blob)
    const { bytes, result } = await assembled(lab, { dir, tarSplit }, value.diffId)
    assert.deepEqual(result, { ok: true, value: { diffBytes: blob.length } })
    assert.ok(bytes.equals(blob))
  }
})

test('assembling says which file has changed', async t => {
  const lab = openLayerLab(t)
  const blob = tar(file('kept', 'same'), file('changed', 'before'))
  const place = await unpacked(lab, blob)
  writeFileSync(join(place.dir, 'changed'), 'beFore')
  const changed = await assembled(lab, place, sha256(blob))
  assert.ok(!changed.result.ok)
  assert.equal(changed.result.error.message, 'entry "changed": its file has changed since it was unpacked')
  const other = await unpacked(lab, tar(file('kept', 'same')))
  const digest = await assembled(lab, other, sha256(blob))
  assert.ok(!digest.result.ok)
  assert.equal(digest.result.error.code, 'E_DIGEST')
})

test('an interrupted blob goes on where it stopped', async t => {
  const lab = openLayerLab(t)
  const blob = gzipSync(everyKind)
  const saveBlob = join(lab.folder, 'blob')
  const expect = { blobDigest: sha256(blob), blobBytes: blob.length, diffId: null }
  const early = await refused(lab, blob.subarray(0, 200), { saveBlob, expect })
  assert.equal(early.code, 'E_GONE')
  assert.equal(early.message, `the blob ended after 200 of ${blob.length} bytes`)
  assert.deepEqual(readFileSync(saveBlob), blob.subarray(0, 200))
  const { value } = await unpacked(lab, blob.subarray(200), { saveBlob, expect })
  assert.equal(value.blobDigest, sha256(blob))
  assert.deepEqual(readFileSync(saveBlob), blob)
  await refused(lab, gzipSync('no tar at all, but long enough to be looked at'.repeat(20)), {
    saveBlob: `${saveBlob}2`,
  })
  assert.ok(!existsSync(`${saveBlob}2`))
})

test('what was unpacked is brought to the disk, through a descriptor that is open', async t => {
  const lab = openLayerLab(t)
  const { dir } = await unpacked(lab, gzipSync(everyKind))
  const fd = openSync(dir, 'r')
  const synced = lab.core.sync(fd)
  closeSync(fd)
  assert.ok((await synced).ok)
  const closed = await lab.core.sync(fd)
  assert.ok(!closed.ok)
  assert.match(closed.error.message, /EBADF/)
})

test('a blob whose sender gives up leaves nothing', async t => {
  const lab = openLayerLab(t)
  const stalls = new Readable({ read: () => {} })
  stalls.push(gzipSync(everyKind).subarray(0, 300))
  setTimeout(() => stalls.destroy(new Error('the registry went away')), 100)
  assert.equal((await refused(lab, stalls)).message, 'the layer is truncated')
})

test('closing the core ends what is being unpacked, and leaves nothing', async t => {
  const lab = openLayerLab(t)
  const place = lab.next()
  const expect = { blobDigest: null, blobBytes: null, diffId: null }
  const { sink, done } = lab.core.unpack({
    ...place,
    saveBlob: null,
    mediaType: null,
    maxBytes: 1e9,
    expect,
  })
  sink.write(everyKind.subarray(0, 2048))
  await new Promise(wake => setTimeout(wake, 100))
  assert.ok(existsSync(join(place.dir, 'usr')))
  lab.core.close()
  assert.equal((await done).ok, false)
  assert.ok(!existsSync(place.dir))
  sink.destroy()
})

test('a directory that is not empty is refused and left alone', async t => {
  const lab = openLayerLab(t)
  const place = lab.next()
  writeFileSync(join(place.dir, 'mine'), '')
  const tried = await tryLayer({ ...lab, next: () => place }, everyKind)
  assert.ok(!tried.result.ok)
  assert.equal(tried.result.error.code, 'E_SPEC')
  assert.ok(existsSync(join(place.dir, 'mine')))
})
