import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manifestFor } from '../../../src/image/manifest-for.ts'

const layer = (mediaType: string) => ({ mediaType, digest: `sha256:${'1'.repeat(64)}`, sizeBytes: 7, urls: [] })
const read = (layers: readonly string[]) => {
  const { bytes, mediaType } = manifestFor(Buffer.from('{}'), layers.map(layer))
  const document = JSON.parse(bytes.toString()) as {
    mediaType: string
    config: unknown
    layers: { mediaType: string }[]
  }
  return { told: mediaType, document, layers: document.layers.map(one => one.mediaType) }
}

test("a manifest is Docker's unless a layer is known in OCI's format; the two are never mixed", () => {
  const docker = 'application/vnd.docker.image.rootfs.diff.tar.gzip'
  const oci = 'application/vnd.oci.image.layer.v1.tar'
  assert.deepEqual(read([docker, docker]).layers, [docker, docker])
  assert.match(read([docker]).told, /docker\.distribution\.manifest\.v2/)
  const mixed = read([docker, `${oci}+zstd`, oci])
  assert.deepEqual(mixed.layers, [`${oci}+gzip`, `${oci}+zstd`, oci])
  assert.equal(mixed.document.mediaType, 'application/vnd.oci.image.manifest.v1+json')
  assert.equal(mixed.told, mixed.document.mediaType)
})

test('the configuration is named by its digest and size', () => {
  assert.deepEqual(read([]).document.config, {
    mediaType: 'application/vnd.docker.container.image.v1+json',
    size: 2,
    digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  })
})
