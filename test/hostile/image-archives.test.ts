import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { hostPlatform } from '../../src/image/host-platform.ts'
import { loadArchive } from '../../src/image/load.ts'
import { dockerArchive } from '../support/docker-archive.ts'
import { openImageLab } from '../support/image-lab.ts'
import { randomLayer } from '../support/image-shop.ts'
import { never, refusal, sha256 } from '../support/registry-client.ts'
import { json, types } from '../support/registry-image.ts'
import { file, tar } from '../support/tar.ts'
import type { Entry } from '../support/tar.ts'

const layer = randomLayer('one', 2000)
const configOf = (diffIds: readonly string[], extra: object = {}) =>
  json({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds }, ...extra })
const good = configOf([sha256(layer)])

const item = (more: object = {}) => ({ Config: 'c.json', RepoTags: ['app:1'], Layers: ['l.tar'], ...more })
const archive = (manifest: unknown, config: Buffer = good, more: readonly Entry[] = []) =>
  tar(
    { name: 'manifest.json', content: Buffer.isBuffer(manifest) ? manifest : json(manifest) },
    { name: 'c.json', content: config },
    { name: 'l.tar', content: layer },
    ...more,
  )
const link = (name: string, target: string): Entry => ({ name, type: '2', link: target })

/** What `docker load` may be given: its name, its bytes, what is said. */
const tars: readonly (readonly [string, Buffer, RegExp])[] = [
  ['an empty file', Buffer.alloc(0), /no archive of images/],
  ['no tar at all', Buffer.alloc(4096, 'x'), /damaged: a header with a wrong checksum at byte 0/],
  ['an archive that is cut off', dockerArchive('app:1', [layer]).subarray(0, 2000), /is cut off/],
  ['an archive that is cut off, compressed', gzipSync(dockerArchive('app:1', [layer])).subarray(0, 300), /damaged/],
  ['compressed by another program', Buffer.from('\u00fd7zXZ\0rest', 'latin1'), /compressed with xz/],
  ['a member larger than the file', tar(file('manifest.json', 'x', { size: 10 ** 9 })), /is cut off/],
  ['a negative size', tar({ ...file('x'), patch: block => block.fill(0xff, 124, 136) }), /without a size/],
  ['nothing but directories', tar({ name: 'a/', type: '5' }), /no archive of images/],
  ['manifest.json is no JSON', archive(Buffer.from('{')), /manifest.json of the archive: it is no list/],
  ['manifest.json is no list', archive({}), /it is no list/],
  ['manifest.json is huge', archive(Buffer.alloc(9 * 1024 * 1024, ' ')), /more than the 8388608/],
  ['an image without layers to name', archive([{ Config: 'c.json' }]), /without Config and Layers/],
  ['a layer that is not there', archive([item({ Layers: ['absent'] })]), /no file "absent", layer 1/],
  ['a layer above the archive', archive([item({ Layers: ['../../../etc/passwd'] })]), /no file/],
  ['a layer with an absolute name', archive([item({ Layers: ['/etc/passwd'] })]), /no file/],
  ['a layer that links out', archive([item({ Layers: ['x'] })], good, [link('x', '/etc/passwd')]), /no file "x"/],
  ['a layer that links to itself', archive([item({ Layers: ['x'] })], good, [link('x', 'x')]), /no file "x"/],
  [
    'a configuration that links out',
    archive([item({ Config: 'x' })], good, [link('x', '../../etc/passwd')]),
    /no file/,
  ],
  ['a name that is none', archive([item({ RepoTags: ['A B'] })]), /must be lowercase|invalid reference/],
  ['a digest as a name', archive([item({ RepoTags: [`app@${sha256(layer)}`] })]), /is no tag/],
  ['a reserved name', archive([item({ RepoTags: ['sha256:1'] })]), /'sha256' is a reserved name/],
  ['a configuration that is no JSON', archive([item()], Buffer.from('{')), /app:1: image configuration: not JSON/],
  ['a configuration without rootfs', archive([item()], json({ os: 'linux' })), /it has no rootfs/],
  ['a key that is there twice', archive([item()], Buffer.from('{"os":"linux","os":"x"}')), /"os" is there twice/],
  ['an image of another system', archive([item()], configOf([sha256(layer)], { os: 'windows' })), /windows/],
  ['more layers than DiffIDs', archive([item({ Layers: ['l.tar', 'l.tar'] })]), /don't match image configuration/],
  ['too many layers', archive([item()], configOf(Array<string>(126).fill(sha256(layer)))), /126 layers, more than/],
  ['history of more layers', archive([item()], configOf([sha256(layer)], { history: [{}, {}] })), /history tells of 2/],
  ['another DiffID', archive([item()], configOf([sha256(Buffer.from('x'))])), /layer "l.tar": the unpacked layer is/],
  ['a layer that is no tar', archive([item({ Layers: ['c.json'] })], good), /app:1: layer "c.json": /],
  ['too many members', tar(...Array.from({ length: 20_100 }, (_, i) => file(`${i}`, ''))), /more than 20000 members/],
  [
    'a blob that is another one',
    archive([item({ Layers: [`blobs/sha256/${'0'.repeat(64)}`] })], good, [
      { name: `blobs/sha256/${'0'.repeat(64)}`, content: layer },
    ]),
    /the blob is sha256/,
  ],
  ['a whiteout of the parent', archiveOfLayer(tar(file('.wh..', ''))), /app:1: .*l\.tar.*\.wh\.\./],
]

function archiveOfLayer(hostile: Buffer): Buffer {
  return tar(
    { name: 'manifest.json', content: json([item()]) },
    { name: 'c.json', content: configOf([sha256(hostile)]) },
    { name: 'l.tar', content: hostile },
  )
}

for (const [name, bytes, says] of tars) {
  test(`refused, and nothing is left: ${name}`, async t => {
    const lab = openImageLab(t)
    const path = join(lab.folder, 'in.tar')
    writeFileSync(path, bytes)
    const error = refusal(await load(lab, path))
    assert.match(error.message, says)
    assert.deepEqual(lab.left(), [])
  })
}

const load = (lab: ReturnType<typeof openImageLab>, path: string) =>
  loadArchive(lab.deps, { path }, { platform: hostPlatform(), repository: null }, () => undefined, never)

type Blobs = Record<string, Buffer>
const put = (blobs: Blobs, bytes: Buffer, mediaType: string) => {
  blobs[sha256(bytes)] = bytes
  return { mediaType, digest: sha256(bytes), size: bytes.length }
}
const manifest = (blobs: Blobs, more: object = {}) =>
  json({
    schemaVersion: 2,
    config: put(blobs, good, types.config),
    layers: [put(blobs, layer, types.layer)],
    ...more,
  })
const index = (...entries: object[]) => json({ schemaVersion: 2, manifests: entries })

/** OCI layouts as directories: what they hold, and what is done to them. */
const layouts: readonly (readonly [string, (blobs: Blobs) => Buffer, ((at: string) => void) | null, RegExp])[] = [
  ['an index that is no JSON', () => Buffer.from('['), null, /is no JSON object/],
  ['an index of nothing', () => index(), null, /names no image/],
  [
    'a manifest that is not there',
    () => index({ mediaType: types.manifest, digest: sha256(layer), size: 1 }),
    null,
    /no file/,
  ],
  [
    'a manifest by another digest',
    blobs => {
      blobs[sha256(Buffer.from('x'))] = manifest(blobs)
      return index({ mediaType: types.manifest, digest: sha256(Buffer.from('x')), size: 1 })
    },
    null,
    /its digest is another one/,
  ],
  [
    'a digest that no store knows',
    () => index({ mediaType: types.manifest, digest: `sha512:${'0'.repeat(128)}`, size: 1 }),
    null,
    /only sha256/,
  ],
  [
    'an index in an index in an index',
    blobs => {
      const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : 'arm64' }
      const inner = put(blobs, index({ ...put(blobs, manifest(blobs), types.manifest), platform }), types.index)
      return index(put(blobs, index({ ...inner, platform }), types.index))
    },
    null,
    /an index within an index/,
  ],
  [
    'schema 1',
    blobs => index(put(blobs, json({ schemaVersion: 1 }), types.manifest)),
    null,
    /schema 1 is not supported/,
  ],
  [
    'layers and manifests',
    blobs => index(put(blobs, manifest(blobs, { manifests: [] }), types.manifest)),
    null,
    /both layers/,
  ],
  [
    'a layer of an unknown kind',
    blobs => index(put(blobs, manifest(blobs, { layers: [put(blobs, layer, 'a/b')] }), types.manifest)),
    null,
    /unsupported media type a\/b/,
  ],
  [
    'a layer said to be compressed',
    blobs => index(put(blobs, manifest(blobs, { layers: [put(blobs, layer, `${types.layer}+gzip`)] }), types.manifest)),
    null,
    /layer "blobs/,
  ],
  [
    'a blob that links out',
    blobs => index(put(blobs, manifest(blobs), types.manifest)),
    at => replace(at, target => symlinkSync('/etc/passwd', target)),
    /no file/,
  ],
  [
    'a blob that is a FIFO',
    blobs => index(put(blobs, manifest(blobs), types.manifest)),
    at => replace(at, target => spawnSync('mkfifo', [target])),
    /no file/,
  ],
  [
    'a blob that has changed',
    blobs => index(put(blobs, manifest(blobs), types.manifest)),
    at => writeFileSync(at, Buffer.alloc(layer.length)),
    /layer "blobs/,
  ],
  [
    'a blob that is too short',
    blobs => index(put(blobs, manifest(blobs), types.manifest)),
    at => writeFileSync(at, layer.subarray(0, 700)),
    /layer "blobs/,
  ],
]

const replace = (at: string, make: (at: string) => unknown) => {
  rmSync(at)
  make(at)
}

for (const [name, make, spoil, says] of layouts) {
  test(`refused, and nothing is left: ${name}`, { timeout: 20_000 }, async t => {
    const lab = openImageLab(t)
    const top = join(lab.folder, 'layout')
    const blobs: Blobs = {}
    const files = { 'oci-layout': json({ imageLayoutVersion: '1.0.0' }), 'index.json': make(blobs) }
    const all = Object.entries(blobs).map(([digest, bytes]) => [`blobs/${digest.replace(':', '/')}`, bytes] as const)
    for (const [path, bytes] of [...Object.entries(files), ...all]) {
      mkdirSync(dirname(join(top, path)), { recursive: true })
      writeFileSync(join(top, path), bytes)
    }
    spoil?.(join(top, 'blobs/sha256', sha256(layer).slice('sha256:'.length)))
    const error = refusal(await load(lab, top))
    assert.match(error.message, says)
    assert.deepEqual(lab.left(), [])
    assert.equal(readFileSync('/etc/passwd', 'utf8').startsWith('root:'), true)
  })
}
