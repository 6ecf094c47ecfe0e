import type { Descriptor } from '../../src/model/image.ts'
import { describe } from './registry-client.ts'

export const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const

export const json = (document: unknown): Buffer => Buffer.from(JSON.stringify(document))

export const wire = ({ mediaType, digest, sizeBytes }: Descriptor) => ({ mediaType, digest, size: sizeBytes })

export type SmallImage = {
  readonly manifest: Buffer
  readonly manifestType: string
  readonly config: Buffer
  readonly layers: readonly Buffer[]
  readonly blobs: readonly { readonly bytes: Buffer; readonly descriptor: Descriptor }[]
}

/** An image whose layers are these bytes; a registry does not look into them. */
export function smallImage(layers: readonly Buffer[], format: 'oci' | 'docker' = 'oci'): SmallImage {
  const isOci = format === 'oci'
  const manifestType = isOci ? types.manifest : types.dockerManifest
  const config = json({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: [] },
    n: layers.length,
  })
  const blobs = [
    { bytes: config, descriptor: describe(config, isOci ? types.config : types.dockerConfig) },
    ...layers.map(bytes => ({ bytes, descriptor: describe(bytes, isOci ? types.layer : types.dockerLayer) })),
  ]
  const [first, ...rest] = blobs.map(({ descriptor }) => wire(descriptor))
  const manifest = json({ schemaVersion: 2, mediaType: manifestType, config: first, layers: rest })
  return { manifest, manifestType, config, layers, blobs }
}
