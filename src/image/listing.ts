import { chainIdsOf } from '../dataroot/images/digest.ts'
import type { StoredImage } from '../dataroot/images/image-entry.ts'
import { listStores } from '../dataroot/images/list-stores.ts'
import type { BadEntry, Stores } from '../dataroot/images/list-stores.ts'
import { imagePaths } from '../dataroot/layout/paths.ts'
import type { DataRootPaths } from '../dataroot/layout/paths.ts'
import type { Result } from '../model/errors.ts'
import { ok } from '../model/errors.ts'
import type { ImageRow } from '../model/image-row.ts'

export type Listing = {
  readonly images: readonly ImageRow[]
  readonly bad: readonly BadEntry[]
  readonly stores: Stores
}

/** All images with their names and sizes, the newest first; no lock is needed. */
export function readStores(paths: DataRootPaths): Result<Listing> {
  const stores = listStores(imagePaths(paths))
  if (!stores.ok) return stores
  const { value } = stores
  const images = value.images
    .map(image => imageRow(value, image))
    .sort((a, b) => (a.created === b.created ? (a.imageId < b.imageId ? -1 : 1) : a.created > b.created ? -1 : 1))
  return ok({ images, bad: value.bad, stores: value })
}

export function imageRow({ references, layers }: Stores, { imageId, config }: StoredImage): ImageRow {
  const named = references.filter(name => name.imageId === imageId).map(({ reference }) => reference)
  return {
    imageId,
    tags: named.filter(name => !name.includes('@')),
    digests: named.filter(name => name.includes('@')),
    created: config.created ?? '',
    architecture: config.architecture,
    os: config.os,
    sizeBytes: chainIdsOf(config.diffIds).reduce((sum, chainId) => sum + (layers.get(chainId)?.sizeBytes ?? 0), 0),
    layers: config.diffIds.length,
  }
}
