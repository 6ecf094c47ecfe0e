import { chainIdsOf } from '../dataroot/images/digest.ts'
import { findGarbage, removeLayer } from '../dataroot/images/garbage.ts'
import { removeImage as removeEntry } from '../dataroot/images/image-entry.ts'
import type { StoredImage } from '../dataroot/images/image-entry.ts'
import { listStores } from '../dataroot/images/list-stores.ts'
import type { Stores } from '../dataroot/images/list-stores.ts'
import { dropReferences } from '../dataroot/images/references.ts'
import { usedImages } from '../dataroot/images/used-images.ts'
import { fail, ok } from '../model/errors.ts'
import type { Failure, Result } from '../model/errors.ts'
import type { ImageDeps } from './deps.ts'
import { findImage } from './find-image.ts'
import { unlessLayersInUse } from './layers-in-use.ts'
import { withStores } from './locks.ts'
import { storedName } from './names.ts'

export type Removed = {
  readonly imageId: string
  readonly untagged: readonly string[]
  /** false: it has other names */
  readonly isGone: boolean
  /** ChainIDs of what went with it */
  readonly layers: readonly string[]
  /** true: layers stayed, because a pull, load, save or push is under way; `images gc` takes them later */
  readonly isHeld: boolean
}

/** Takes a name from an image, and with its last one the image and the layers that nothing else needs. */
export function removeImage(deps: ImageDeps, text: string, signal: AbortSignal): Promise<Result<Removed>> {
  return withStores(deps, signal, async () => {
    const stores = listStores(deps.at)
    if (!stores.ok) return stores
    const found = findImage(stores.value, text)
    if (!found.ok) return found
    const { image, reference } = found.value
    const goes = namesThatGo(stores.value, image, reference === null ? null : storedName(reference).reference)
    if (!goes.ok) return goes
    const mine = stores.value.references.filter(one => one.imageId === image.imageId)
    const isGone = mine.length === goes.value.length
    const inUse = isGone ? useOf(deps, image) : null
    if (inUse !== null) return fail(inUse)
    const dropped = dropReferences(deps.at, goes.value)
    if (!dropped.ok) return dropped
    const removed = { imageId: image.imageId, untagged: goes.value, isGone, layers: [], isHeld: false }
    return isGone ? await removeWithLayers(deps, image, removed) : ok(removed)
  })
}

/** All digests of a repository go with its last tag, as they came with it. */
function namesThatGo({ references }: Stores, { imageId }: StoredImage, name: string | null): Result<readonly string[]> {
  const mine = references.filter(one => one.imageId === imageId)
  const tags = mine.filter(({ reference }) => !reference.includes('@'))
  if (name === null) {
    if (tags.length <= 1) return ok(mine.map(({ reference }) => reference))
    const names = tags.map(({ reference }) => reference).join(', ')
    return fail({ code: 'E_BUSY', message: `image ${imageId} has several names: remove them (${names})` })
  }
  const repository = mine.find(({ reference }) => reference === name)?.repository
  const others = tags.filter(one => one.repository === repository && one.reference !== name)
  if (others.length > 0 || name.includes('@')) return ok([name])
  const digests = mine.filter(one => one.repository === repository && one.reference.includes('@'))
  return ok([name, ...digests.map(({ reference }) => reference)])
}

function useOf({ at }: ImageDeps, { imageId }: StoredImage): Failure | null {
  const used = usedImages(at)
  if (!used.known) return { code: 'E_STATE', message: `nobody knows what containers use: ${used.why}` }
  const [container] = used.value.get(imageId) ?? []
  if (container === undefined) return null
  return { code: 'E_BUSY', message: `image ${imageId} is used by container ${container.slice(0, 12)}` }
}

async function removeWithLayers(deps: ImageDeps, image: StoredImage, removed: Removed): Promise<Result<Removed>> {
  const gone = removeEntry(deps.at, image.imageId)
  if (!gone.ok) return gone
  return await unlessLayersInUse(
    deps,
    async (): Promise<Result<Removed>> => {
      const stores = listStores(deps.at)
      if (!stores.ok) return stores
      const unused = usedImages(deps.at)
      if (!unused.known) return ok({ ...removed, isHeld: true })
      const chain = new Set(chainIdsOf(image.config.diffIds))
      // images without a name keep their layers until `images gc`
      const kept = new Set([...unused.value.keys(), ...stores.value.images.map(({ imageId }) => imageId)])
      const garbage = findGarbage(stores.value, kept)
      const layers = garbage.layers.map(({ chainId }) => chainId).filter(chainId => chain.has(chainId))
      for (const chainId of layers) {
        const one = await removeLayer(deps.at, chainId)
        if (!one.ok) return one
      }
      return ok({ ...removed, layers })
    },
    async () => ok({ ...removed, isHeld: true }),
  )
}
