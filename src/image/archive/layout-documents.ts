import { digestOf, hexOf } from '../../dataroot/images/digest.ts'
import type { Reference } from '../../model/image.ts'
import { canonicalText, familiarText } from '../../model/reference.ts'

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
}

/** An image that goes into an archive; its layers are uncompressed there, so that their digests are the DiffIDs. */
export type SavedImage = {
  readonly config: Uint8Array
  readonly layers: readonly { readonly diffId: string; readonly sizeBytes: number }[]
  readonly tags: readonly Reference[]
}

export type SmallFile = { readonly name: string; readonly bytes: Buffer }

export const blobName = (digest: string): string => `blobs/sha256/${hexOf(digest)}`

/** All files of an archive but the layers: an OCI layout that is at the same time what `docker load` reads. */
export function layoutDocuments(images: readonly SavedImage[]): readonly SmallFile[] {
  const manifests = images.map(image => json(manifestOf(image)))
  const entries = images.flatMap((image, i) => indexEntries(image, manifests[i] ?? Buffer.alloc(0), images))
  const docker = images.map(({ config, layers, tags }) => ({
    Config: blobName(digestOf(config)),
    RepoTags: tags.length === 0 ? null : tags.map(familiarText),
    Layers: layers.map(({ diffId }) => blobName(diffId)),
  }))
  const files = [
    { name: 'oci-layout', bytes: json({ imageLayoutVersion: '1.0.0' }) },
    { name: 'index.json', bytes: json({ schemaVersion: 2, mediaType: types.index, manifests: entries }) },
    { name: 'manifest.json', bytes: json(docker) },
    ...manifests.map(bytes => ({ name: blobName(digestOf(bytes)), bytes })),
    ...images.map(({ config }) => ({ name: blobName(digestOf(config)), bytes: Buffer.from(config) })),
  ]
  return [...new Map(files.map(file => [file.name, file])).values()]
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value))

const manifestOf = ({ config, layers }: SavedImage) => ({
  schemaVersion: 2,
  mediaType: types.manifest,
  config: { mediaType: types.config, digest: digestOf(config), size: config.length },
  layers: layers.map(({ diffId, sizeBytes }) => ({ mediaType: types.layer, digest: diffId, size: sizeBytes })),
})

/** An entry a tag. The short name is the tag, as tools expect, unless several images have the same. */
function indexEntries({ tags }: SavedImage, manifest: Buffer, all: readonly SavedImage[]) {
  const entry = { mediaType: types.manifest, digest: digestOf(manifest), size: manifest.length }
  if (tags.length === 0) return [entry]
  return tags.map(reference => {
    const isAlone = all.flatMap(image => image.tags).filter(({ tag }) => tag === reference.tag).length === 1
    return {
      ...entry,
      annotations: {
        'io.containerd.image.name': canonicalText(reference),
        'org.opencontainers.image.ref.name': isAlone ? (reference.tag ?? '') : familiarText(reference),
      },
    }
  })
}
