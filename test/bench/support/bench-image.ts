import { createCipheriv } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { describe, sha256 } from '../../support/registry-client.ts'
import { json, types, wire } from '../../support/registry-image.ts'
import type { SmallImage } from '../../support/registry-image.ts'
import { dir, member, tar } from '../../support/tar.ts'

const mebibyte = 1024 * 1024

/** Bytes that are the same in each run, half of which compress: about what programs and libraries do. */
function payload(seed: number, bytes: number): Buffer {
  const random = randomBytes(seed, bytes)
  // every other KiB repeats words
  const words = Buffer.from('the quick brown fox jumps over the lazy dog, 0123456789 times; '.repeat(16)).subarray(
    0,
    1024,
  )
  for (let at = 1024; at + 1024 <= bytes; at += 2048) words.copy(random, at)
  return random
}

function randomBytes(seed: number, bytes: number): Buffer {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed & 255), Buffer.alloc(16, seed >> 8))
  return cipher.update(Buffer.alloc(bytes))
}

function files(folder: string, count: number, bytes: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `${folder}/${Math.floor(i / 50)}/file-${i}`
    const parent = i % 50 === 0 ? [member(dir(`${folder}/${Math.floor(i / 50)}/`))] : []
    return Buffer.concat([...parent, member({ name, content: payload(i + count, bytes) })])
  })
}

const layer = (folder: string, count: number, bytes: number): Buffer =>
  Buffer.concat([member(dir(`${folder}/`)), ...files(folder, count, bytes), tar()])

/** Five layers of about 200 MB: few big files, middling ones, and 6,000 small ones. */
export const benchLayers = (): Buffer[] => [
  layer('base', 8, 10 * mebibyte),
  layer('lib', 400, 96 * 1024),
  layer('many', 6000, 4000),
  layer('app', 2, 26 * mebibyte),
  layer('etc', 300, 8 * 1024),
]

/** One file that no compression makes smaller, in a gzip stream that doesn't try. */
export const plainLayer = (bytes: number): Buffer => tar({ name: 'data', content: randomBytes(7, bytes) })

/** `level` as gzip's; 0 stores. */
export async function packedImage(layers: readonly Buffer[], level: number): Promise<SmallImage> {
  const pack = promisify(gzip) as (bytes: Buffer, options: object) => Promise<Buffer>
  const packed = await Promise.all(layers.map(bytes => pack(bytes, { level, chunkSize: mebibyte })))
  const config = json({
    os: 'linux',
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64'],
    config: { Cmd: ['/bin/true'] },
    rootfs: { type: 'layers', diff_ids: layers.map(sha256) },
  })
  const blobs = [
    { bytes: config, descriptor: describe(config, types.dockerConfig) },
    ...packed.map(bytes => ({ bytes, descriptor: describe(bytes, types.dockerLayer) })),
  ]
  const [first, ...rest] = blobs.map(({ descriptor }) => wire(descriptor))
  const manifest = json({ schemaVersion: 2, mediaType: types.dockerManifest, config: first, layers: rest })
  return { manifest, manifestType: types.dockerManifest, config, layers: packed, blobs }
}

export const packLevel = constants.Z_DEFAULT_COMPRESSION

/** Sends an image to a registry, as the tag `latest` of a repository. */
export async function upload(host: string, repository: string, image: SmallImage): Promise<void> {
  const base = `http://${host}/v2/${repository}`
  for (const { bytes, descriptor } of image.blobs) {
    const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST' })
    const place = new URL(begun.headers.get('location') ?? '', base)
    place.searchParams.set('digest', descriptor.digest)
    const headers = { 'content-type': 'application/octet-stream' }
    const put = await fetch(place, { method: 'PUT', body: new Uint8Array(bytes), headers })
    if (put.status !== 201) throw new Error(`upload of ${descriptor.digest}: ${put.status} ${await put.text()}`)
  }
  const headers = { 'content-type': image.manifestType }
  const put = await fetch(`${base}/manifests/latest`, { method: 'PUT', body: new Uint8Array(image.manifest), headers })
  if (put.status !== 201) throw new Error(`upload of the manifest: ${put.status} ${await put.text()}`)
}
