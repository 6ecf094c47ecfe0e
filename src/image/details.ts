import { blobFacts } from '../dataroot/images/blob-facts.ts'
import { chainIdsOf } from '../dataroot/images/digest.ts'
import { blobSources } from '../dataroot/images/distribution.ts'
import type { ImagePaths } from '../dataroot/layout/paths.ts'
import type { Stores } from '../dataroot/images/list-stores.ts'
import type { Result } from '../model/errors.ts'
import { ok } from '../model/errors.ts'
import type { ImageConfig } from '../model/image-config.ts'
import type { ImageLayerRow, ImageRow } from '../model/image-row.ts'
import { findImage } from './find-image.ts'
import { imageRow } from './listing.ts'

export type ImageDetails = {
  readonly row: ImageRow
  readonly config: ImageConfig
  /** the base first */
  readonly layers: readonly ImageLayerRow[]
}

/** All facts of one image. */
export function imageDetails(at: ImagePaths, stores: Stores, text: string): Result<ImageDetails> {
  const found = findImage(stores, text)
  if (!found.ok) return found
  const { image } = found.value
  const repositories = new Set(
    stores.references.filter(({ imageId }) => imageId === image.imageId).map(({ repository }) => repository),
  )
  const layers = chainIdsOf(image.config.diffIds).map((chainId, i): ImageLayerRow => {
    const diffId = image.config.diffIds[i] ?? ''
    const blobs = blobSources(at, diffId)
    const own = blobs.findLast(({ repository }) => repositories.has(familiar(repository))) ?? blobs.at(-1)
    const facts = own === undefined ? null : blobFacts(at, own.digest)
    return {
      diffId,
      chainId,
      sizeBytes: stores.layers.get(chainId)?.sizeBytes ?? 0,
      blob: own === undefined ? null : { digest: own.digest, ...(facts ?? { sizeBytes: null, mediaType: null }) },
    }
  })
  return ok({ row: imageRow(stores, image), config: image.config, layers })
}

/** `docker.io/library/x` → `x`, as repositories.json has it. */
const familiar = (repository: string): string => repository.replace(/^docker\.io\/(library\/(?=[^/]+$))?/, '')
