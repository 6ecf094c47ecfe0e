import { digestOf } from '../dataroot/images/digest.ts'
import type { Descriptor } from '../model/image.ts'

const docker = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
}
const oci = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
}

/**
 * The manifest of an image whose blobs are at a registry: in Docker's format, or in OCI's where a layer is known in
 * that one. The two are not mixed.
 */
export function manifestFor(configBytes: Uint8Array, layers: readonly Descriptor[]) {
  const isOci = layers.some(({ mediaType }) => mediaType.startsWith('application/vnd.oci.'))
  const types = isOci ? oci : docker
  const config = { mediaType: types.config, digest: digestOf(configBytes), sizeBytes: configBytes.length, urls: [] }
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: entry(config),
      layers: layers.map(layer => entry({ ...layer, mediaType: layerType(layer.mediaType, isOci) })),
    }),
  )
  return { mediaType: types.manifest, bytes, config }
}

const entry = ({ mediaType, digest, sizeBytes }: Descriptor) => ({ mediaType, size: sizeBytes, digest })

function layerType(mediaType: string, isOci: boolean): string {
  const compression = /(gzip|zstd)$/.exec(mediaType)?.[1] ?? null
  if (isOci) return `application/vnd.oci.image.layer.v1.tar${compression === null ? '' : `+${compression}`}`
  return `application/vnd.docker.image.rootfs.diff.tar${compression === null ? '' : `.${compression}`}`
}
