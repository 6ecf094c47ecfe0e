import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { fake } from './registry-fake.ts'
import type { Fake } from './registry-fake.ts'
import { describe, sha256 } from './registry-client.ts'
import { json, types, wire } from './registry-image.ts'
import type { SmallImage } from './registry-image.ts'
import { dir, file, tar } from './tar.ts'

/** A layer that holds so many random bytes, which no compression makes smaller. */
export const randomLayer = (name: string, bytes: number): Buffer =>
  tar(dir(`${name}/`), { name: `${name}/data`, content: randomBytes(bytes) }, file(`${name}/note`, name))

/** An image of these tar archives, as a builder makes it. `extra` goes over its configuration. */
export function realImage(layers: readonly Buffer[], extra: object = {}): SmallImage {
  const config = json({
    os: 'linux',
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64'],
    created: '2026-01-02T03:04:05Z',
    config: { Cmd: ['/bin/true'] },
    rootfs: { type: 'layers', diff_ids: layers.map(sha256) },
    ...extra,
  })
  const packed = layers.map(layer => gzipSync(layer))
  const blobs = [
    { bytes: config, descriptor: describe(config, types.config) },
    ...packed.map(bytes => ({ bytes, descriptor: describe(bytes, `${types.layer}+gzip`) })),
  ]
  const [first, ...rest] = blobs.map(({ descriptor }) => wire(descriptor))
  const manifest = json({ schemaVersion: 2, mediaType: types.manifest, config: first, layers: rest })
  return { manifest, manifestType: types.manifest, config, layers: packed, blobs }
}

export type Shop = Fake & {
  /** digests of blobs, once for each time that bytes of it were sent */
  readonly sent: { readonly digest: string; readonly from: number }[]
}

type Pace = { readonly pieceBytes: number; readonly pauseMs: number }

/** A registry of images by repository, each under the tag 1. Knows ranges; a pace makes transfers take their time. */
export async function openShop(images: Readonly<Record<string, SmallImage>>, pace: Pace | null = null): Promise<Shop> {
  const sent: { digest: string; from: number }[] = []
  const shop = await fake(async (request, response) => {
    const [, repository = '', kind = '', name = ''] =
      /^\/v2\/([^?]+)\/(manifests|blobs)\/([^/?]+)$/.exec(request.url ?? '') ?? []
    const image = images[repository]
    const body =
      kind === 'manifests' ? image?.manifest : image?.blobs.find(one => one.descriptor.digest === name)?.bytes
    if (image === undefined || body === undefined) {
      response.statusCode = request.url === '/v2/' ? 200 : 404
      return void response.end()
    }
    if (kind === 'manifests') {
      response.setHeader('content-type', image.manifestType)
      response.setHeader('docker-content-digest', sha256(image.manifest))
    }
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (from > 0) {
      response.statusCode = 206
      response.setHeader('content-range', `bytes ${from}-${body.length - 1}/${body.length}`)
    }
    response.setHeader('content-length', body.length - from)
    if (request.method === 'HEAD') return void response.end()
    if (kind === 'blobs') sent.push({ digest: name, from })
    const step = pace?.pieceBytes ?? body.length
    for (let at = from; at < body.length && !response.destroyed; at += step) {
      response.write(body.subarray(at, at + step))
      if (pace !== null) await sleep(pace.pauseMs)
    }
    response.end()
  })
  return { ...shop, sent }
}
