// What the archive of a layer, and the stream around it, can try.
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { d, f, type HostileCase } from './hostile-case.ts'
import { sha256 } from './layer-lab.ts'
import { dir, type Entry, extension, file, header, member, paxRecords, tar } from './tar.ts'

const wrong = `sha256:${'0'.repeat(64)}`
const plain = tar(file('a'))
const raw = (...parts: readonly Buffer[]) => Buffer.concat([...parts, Buffer.alloc(1024)])

export const hostileArchives = (): readonly HostileCase[] => [
  ...entries(),
  ...headers(),
  ...sparseFiles(),
  ...streams(),
]

const entries = (): readonly HostileCase[] => [
  { title: 'devices', blob: tar({ name: 'sda', type: '4', device: [8, 0] }), inside: ['60644 0:0 8:0 sda'] },
  { title: 'a device 0:0', blob: tar({ name: 'a', type: '3', device: [0, 0] }), inside: ['20644 0:0 a'] },
  { title: 'a setuid root file', blob: tar(file('su', 'x', { mode: 0o6755 })), inside: ['106755 0:0 1 su'] },
  { title: 'an unknown type', blob: tar({ name: 'a', type: '7' }), refused: /entry "a": unhandled tar header type 55/ },
  { title: 'a time before the epoch', blob: tar(file('a', 'x', { mtime: -1_000_000 })), inside: [f('a')] },
  { title: 'a time after all', blob: tar(file('a', 'x', { pax: { mtime: '9223372036854775807' } })), inside: [f('a')] },
  {
    title: 'an owner beyond 32 bits',
    blob: tar(file('a', 'x', { pax: { uid: '4294967296' } })),
    refused: /entry "a": its uid is out of range/,
  },
  {
    title: 'the owner that chown ignores',
    blob: tar(file('a', 'x', { pax: { gid: '4294967295' } })),
    refused: /its gid is out of range/,
  },
  { title: 'a negative owner', blob: tar(file('a', 'x', { uid: -1 })), refused: /its uid is out of range/ },
  {
    title: 'an attribute of the overlay',
    blob: tar(file('a', 'x', { pax: { 'SCHILY.xattr.trusted.overlay.redirect': '/' } })),
    inside: [f('a')],
  },
  {
    title: 'an attribute that is too long',
    blob: tar(file('a', 'x', { pax: { 'SCHILY.xattr.user.a': 'v'.repeat(70_000) } })),
    refused: /entry "a": extended attribute "user\.a" is too long/,
  },
  {
    title: 'a name of an attribute that is too long',
    blob: tar(file('a', 'x', { pax: { [`SCHILY.xattr.user.${'n'.repeat(300)}`]: 'v' } })),
    refused: /is too long/,
  },
]

const headers = (): readonly HostileCase[] => [
  { title: 'a wrong checksum', blob: corrupt(plain, 0), refused: /a tar header's checksum is wrong/ },
  { title: 'no tar at all', blob: Buffer.alloc(2048, 'text '), refused: /a tar header/ },
  { title: 'a negative size', blob: tar(file('a', '', { size: -512 })), refused: /entry "a": its size is negative/ },
  {
    title: 'a size beyond the stream',
    blob: tar(file('a', 'x', { size: 100_000 })),
    refused: /the layer is truncated/,
  },
  {
    title: 'a size beyond everything',
    blob: tar(file('a', '', { size: 2 ** 62 })),
    refused: /the layer's files exceed the bound/,
  },
  {
    title: 'a size that is no number',
    blob: tar(file('a', 'x', { patch: block => void block.write('zz', 124) })),
    refused: /size is no number/,
  },
  {
    title: 'a PAX header beyond its bound',
    blob: raw(header({ name: 'p', type: 'x' }, 2 ** 31)),
    refused: /extension header has more than 1048576/,
  },
  {
    title: 'a GNU name beyond its bound',
    blob: raw(header({ name: 'p', type: 'L' }, 2 ** 31)),
    refused: /extension header has more than/,
  },
  {
    title: 'a PAX record with a wrong length',
    blob: raw(extension('x', Buffer.from('99 path=a\n')), member(file('a'))),
    refused: /a PAX header can't be read/,
  },
  {
    title: 'a PAX size that is no number',
    blob: tar(file('a', 'x', { pax: { size: '1e3' } })),
    refused: /the PAX record size can't be read/,
  },
  {
    title: '900 extension headers',
    blob: raw(...Array.from({ length: 900 }, () => extension('x', paxRecords({ path: 'z' }))), member(file('a'))),
    inside: [f('z')],
  },
  {
    title: 'global headers that name a directory',
    blob: raw(member(dir('etc')), header({ name: 'etc', type: 'g' }, 0), member(file('etc/a'))),
    inside: [d('etc'), f('etc/a')],
  },
  {
    title: 'zeros between headers',
    blob: raw(Buffer.alloc(512), member(file('a'))),
    refused: /a block of zeros stands between/,
  },
  { title: 'members after the end', blob: raw(plain, member(file('late'))), inside: [f('a')] },
]

const sparse = (map: string, real: string): Entry =>
  file('a', 'data', { pax: { 'GNU.sparse.map': map, 'GNU.sparse.size': real } })

const sparseFiles = (): readonly HostileCase[] => [
  {
    title: 'a sparse giant',
    blob: tar(sparse('0,4', String(2 ** 53))),
    refused: /entry "a": the layer's files exceed the bound/,
  },
  {
    title: 'a sparse part beyond the file',
    blob: tar(sparse('100,4', '10')),
    refused: /entry "a": a sparse file's map is wrong/,
  },
  { title: 'sparse parts that overlap', blob: tar(sparse('0,2,1,2', '10')), refused: /a sparse file's map is wrong/ },
  { title: 'a sparse map that wraps', blob: tar(sparse('9223372036854775807,4', '10')), refused: /map is wrong/ },
  { title: 'a sparse map of half a pair', blob: tar(sparse('0,4,8', '10')), refused: /map is wrong/ },
  { title: 'a sparse file of negative size', blob: tar(sparse('0,4', '-1')), refused: /a sparse file's size is wrong/ },
  {
    title: 'a sparse map without an end',
    blob: tar({
      name: 'a',
      content: '1'.repeat(2048),
      pax: { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '9' },
    }),
    refused: /a sparse file's map is wrong/,
  },
]

const streams = (): readonly HostileCase[] => [
  { title: 'a truncated gzip stream', blob: gzipSync(plain).subarray(0, -9), refused: /the layer is truncated/ },
  {
    title: 'a truncated zstd stream',
    blob: zstdCompressSync(plain).subarray(0, -5),
    refused: /the layer (is truncated|can't be decompressed)/,
  },
  {
    title: 'a truncated tar stream',
    blob: tar(file('a', 'x'.repeat(2000))).subarray(0, 1500),
    refused: /the layer is truncated/,
  },
  { title: 'a header cut in two', blob: plain.subarray(0, 300), refused: /the layer is truncated/ },
  {
    title: 'a flipped bit in gzip',
    blob: corrupt(gzipSync(noise), 5000),
    refused: /the layer can't be decompressed|checksum is wrong/,
  },
  {
    title: 'a flipped bit in zstd',
    blob: corrupt(zstdCompressSync(noise), 60),
    expect: { blobDigest: sha256(zstdCompressSync(noise)) },
    code: 'E_DIGEST',
    refused: /the blob is sha256:/,
  },
  {
    title: 'something behind gzip',
    blob: Buffer.concat([gzipSync(plain), Buffer.alloc(700, 'rest')]),
    refused: /can't be decompressed/,
  },
  {
    title: 'something behind zstd',
    blob: Buffer.concat([zstdCompressSync(plain), Buffer.alloc(700, 'rest')]),
    refused: /can't be decompressed/,
  },
  {
    title: 'a gzip bomb',
    blob: bomb(gzipSync),
    refused: /entry "zeros": the layer's files exceed the bound of 1048576 bytes/,
  },
  { title: 'a zstd bomb', blob: bomb(zstdCompressSync), refused: /the layer's files exceed the bound of/ },
  {
    title: 'a bomb behind the end of the archive',
    blob: gzipSync(Buffer.concat([plain, Buffer.alloc(2 ** 25)])),
    refused: /more than the bound of/,
  },
  { title: 'a zstd window of 2 GiB', blob: hugeWindow(), refused: /can't be decompressed.*memory/ },
  {
    title: 'xz',
    blob: Buffer.from('\xfd7zXZ\0\0\0', 'latin1'),
    refused: /compressed with xz; gzip, zstd and uncompressed layers can be unpacked/,
  },
  {
    title: 'gzip that calls itself zstd',
    blob: gzipSync(plain),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
    refused: /the layer is compressed with gzip, but its media type is/,
  },
  {
    title: 'an unknown media type',
    blob: plain,
    mediaType: 'text/html',
    refused: /media type "text\/html" is not known/,
  },
  {
    title: 'a wrong digest',
    blob: plain,
    expect: { blobDigest: wrong },
    code: 'E_DIGEST',
    refused: /the blob is sha256:.*, it must be sha256:0{64}/,
  },
  {
    title: 'a wrong DiffID',
    blob: gzipSync(plain),
    expect: { diffId: wrong },
    code: 'E_DIGEST',
    refused: /the unpacked layer is sha256:/,
  },
  {
    title: 'fewer bytes than promised',
    blob: plain,
    expect: { blobBytes: 9999 },
    code: 'E_GONE',
    refused: /the blob ended after 2048 of 9999 bytes/,
  },
  {
    title: 'more bytes than promised',
    blob: plain,
    expect: { blobBytes: 1000 },
    refused: /the blob is longer than its 1000 bytes/,
  },
  { title: 'no byte at all', blob: Buffer.alloc(0), inside: [] },
]

const noise = tar(file('noise', Array.from({ length: 30_000 }, (_, index) => String(index * 7919)).join(' ')))

const bomb = (compress: (data: Buffer) => Buffer): Buffer => compress(tar(file('zeros', '\0'.repeat(2 ** 25))))

function corrupt(blob: Buffer, offset: number): Buffer {
  const copy = Buffer.from(blob)
  copy[offset] = (copy[offset] ?? 0) ^ 0x10
  return copy
}

/** A frame header that asks for a window of 2^31 bytes. */
const hugeWindow = (): Buffer => Buffer.concat([Buffer.from('28b52ffd00a8', 'hex'), Buffer.from('010000', 'hex')])
