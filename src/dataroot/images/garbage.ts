import { lstatSync, readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { attempt, attemptAsync, failure } from '../files/io.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { removeTree } from '../files/remove-tree.ts'
import { chainIdsOf } from './digest.ts'
import { removeContainerLayers } from './container-layers.ts'
import { removeImage } from './image-entry.ts'
import type { StoredImage } from './image-entry.ts'
import type { Litter } from './fsck.ts'
import { layerEntryDir } from './layer-entry.ts'
import type { StoredLayer } from './layer-entry.ts'
import type { Stores } from './list-stores.ts'
import { retiredTree, retireTree, shortNameOf } from './layer-tree.ts'
import { findLayer, removeRetiredEntry, retireEntry } from './register-layer.ts'

/** What could go: shown first, removed on demand. Layers are in an order in which they can be removed. */
export type Garbage = {
  readonly images: readonly StoredImage[]
  readonly layers: readonly StoredLayer[]
  /** ChainIDs of damaged layers; what is left of their content is litter once they are gone */
  readonly damaged: readonly string[]
  readonly bytes: number
  /** why no layer is offered, or null: while an image can't be read, nobody knows which ones it needs */
  readonly held: string | null
}

/** Images without name and container, and layers without image and container. `used`: image ids that containers name. */
export function findGarbage(stores: Stores, used: ReadonlySet<string>): Garbage {
  const unreadable = stores.bad.find(({ kind }) => kind === 'image' || kind === 'references' || kind === 'mount')
  const held = unreadable === undefined ? null : `${unreadable.kind} ${unreadable.name}: ${unreadable.why}`
  const named = new Set(stores.references.map(({ imageId }) => imageId))
  const isKept = ({ imageId }: StoredImage) => named.has(imageId) || used.has(imageId)
  const images = stores.bad.some(({ kind }) => kind === 'references') ? [] : stores.images.filter(i => !isKept(i))
  const needed = neededLayers(stores, stores.images.filter(isKept))
  // parents come first in the listing
  const loose = [...stores.layers.values()].filter(({ chainId }) => !needed.has(chainId)).reverse()
  const layers = held === null ? loose : []
  const broken = stores.bad.filter(({ kind, name }) => kind === 'layer' && !needed.has(name)).map(({ name }) => name)
  const damaged = held === null ? broken : []
  return { images, layers, damaged, bytes: layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), held }
}

function neededLayers(stores: Stores, kept: readonly StoredImage[]): ReadonlySet<string> {
  const needed = new Set(kept.flatMap(({ config }) => chainIdsOf(config.diffIds)))
  for (const { parent } of stores.mounts.values()) {
    for (let chainId = parent; chainId !== null; chainId = stores.layers.get(chainId)?.parent ?? null) {
      needed.add(chainId)
    }
  }
  return needed
}

/** Removes images, then layers, under the stores' lock, from a listing made under it. May be repeated after a crash. */
export async function removeGarbage(at: ImagePaths, garbage: Garbage): Promise<Result<void>> {
  for (const { imageId } of garbage.images) {
    const removed = removeImage(at, imageId)
    if (!removed.ok) return removed
  }
  for (const chainId of [...garbage.damaged, ...garbage.layers.map(layer => layer.chainId)]) {
    const removed = await removeLayer(at, chainId)
    if (!removed.ok) return removed
  }
  return ok(undefined)
}

/** Removes a layer that no image, layer and container needs: its entry goes out of sight first. */
export async function removeLayer(at: ImagePaths, chainId: string): Promise<Result<void>> {
  const layer = findLayer(at, chainId)
  const entry = layerEntryDir(at, chainId)
  if (layer !== null && isMounted(at, layer.cacheId)) {
    return fail(failure('E_BUSY', `layer ${chainId} is mounted`, entry))
  }
  return attemptAsync('remove', entry, async () => {
    const retired = retireEntry(at, chainId)
    if (layer !== null) {
      await removeTree(retiredTree(at, layer.cacheId))
      retireTree(at, layer.cacheId)
      await removeTree(retiredTree(at, layer.cacheId))
    }
    if (retired !== null) removeRetiredEntry(retired)
  })
}

/** An overlay keeps using its layers when their names are gone: changing them then is undefined. */
function isMounted(at: ImagePaths, layerId: string, mountinfo = '/proc/self/mountinfo'): boolean {
  const link = shortNameOf(at, layerId)
  const text = readFileSync(mountinfo, 'utf8')
  return text.includes(layerId) || (link !== null && text.includes(`l/${link}`))
}

/** Removes what `fsck` found to be litter, under the stores' lock and from a look made under it. */
export async function collectLitter(at: ImagePaths, litter: readonly Litter[]): Promise<Result<void>> {
  for (const item of litter) {
    const removed = await collect(at, item)
    if (!removed.ok) return removed
  }
  return ok(undefined)
}

async function collect(at: ImagePaths, { kind, path }: Litter): Promise<Result<void>> {
  switch (kind) {
    case 'link':
    case 'file':
      return attempt('remove', path, () => rmSync(path, { force: true }))
    case 'mount': {
      const removed = await removeContainerLayers(at, basename(path))
      // an entry without layers that can be told is only a directory of small files
      return removed.ok ? removed : attemptAsync('remove', path, () => removeTree(path))
    }
    case 'layer':
      return attemptAsync('remove', path, async () => {
        const layerId = basename(path)
        if (isMounted(at, layerId)) return
        await removeTree(retiredTree(at, layerId))
        if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) retireTree(at, layerId)
        await removeTree(retiredTree(at, layerId))
      })
    case 'entry':
    case 'staged':
      return attemptAsync('remove', path, () => removeTree(path))
  }
}
