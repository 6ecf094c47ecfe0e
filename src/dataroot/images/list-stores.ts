import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../model/errors.ts'
import { attempt, ifPresent } from '../files/io.ts'
import { isContainerId } from '../layout/paths.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { readMount } from './container-layers.ts'
import type { ContainerMount } from './container-layers.ts'
import { chainIdsOf, isHex } from './digest.ts'
import { imageIds, readImage } from './image-entry.ts'
import type { StoredImage } from './image-entry.ts'
import { readLayer } from './layer-entry.ts'
import type { StoredLayer } from './layer-entry.ts'
import { treeProblem } from './layer-tree.ts'
import { readReferences } from './references.ts'
import type { StoredReference } from './references.ts'

/** What is in the stores but can't be used, and why. Never left out of a listing. */
export type BadEntry = {
  readonly kind: 'image' | 'layer' | 'mount' | 'references'
  readonly name: string
  readonly why: string
}

export type Stores = {
  readonly images: readonly StoredImage[]
  /** whose whole chain is there */
  readonly layers: ReadonlyMap<string, StoredLayer>
  readonly mounts: ReadonlyMap<string, ContainerMount>
  /** those of absent images too */
  readonly references: readonly StoredReference[]
  readonly bad: readonly BadEntry[]
}

/** Everything in the stores, each entry checked against its name and what it needs. Changes nothing. */
export function listStores(at: ImagePaths): Result<Stores> {
  return attempt('list', at.top, () => {
    const bad: BadEntry[] = []
    const layers = listLayers(at, bad)
    const images: StoredImage[] = []
    for (const imageId of imageIds(at)) {
      const image = readImage(at, imageId)
      const why = image.known ? missingLayer(image.value, layers) : image.why
      if (why !== null) bad.push({ kind: 'image', name: imageId, why })
      if (image.known && image.value !== null && why === null) images.push(image.value)
    }
    const mounts = listMounts(at, layers, bad)
    const references = readReferences(at)
    if (!references.known) bad.push({ kind: 'references', name: 'repositories.json', why: references.why })
    return { images, layers, mounts, references: references.known ? references.value : [], bad }
  })
}

const namesIn = (path: string) => (ifPresent(() => readdirSync(path)) ?? []).sort()

function listLayers(at: ImagePaths, bad: BadEntry[]): Map<string, StoredLayer> {
  const read = new Map<string, StoredLayer>()
  for (const hex of namesIn(at.layers).filter(isHex)) {
    const layer = readLayer(at, `sha256:${hex}`)
    if (layer.known && layer.value !== null) read.set(layer.value.chainId, layer.value)
    else bad.push({ kind: 'layer', name: `sha256:${hex}`, why: layer.known ? 'its entry is empty' : layer.why })
  }
  const whole = new Map<string, StoredLayer>()
  // a parent before its children, whatever the order of their names
  const pending = new Map(read)
  for (let found = true; found; ) {
    found = false
    for (const [chainId, layer] of pending) {
      const parent = layer.parent === null ? null : whole.get(layer.parent)
      if (parent === undefined) continue
      found = true
      pending.delete(chainId)
      const why = treeProblem(at, layer.cacheId, parent?.cacheId ?? null)
      if (why === null) whole.set(chainId, layer)
      else bad.push({ kind: 'layer', name: chainId, why })
    }
  }
  for (const { chainId, parent } of pending.values()) {
    bad.push({ kind: 'layer', name: chainId, why: `the layer that it lies on, ${parent}, is missing or damaged` })
  }
  return whole
}

function missingLayer(image: StoredImage | null, layers: ReadonlyMap<string, StoredLayer>): string | null {
  const missing = chainIdsOf(image?.config.diffIds ?? []).find(chainId => !layers.has(chainId))
  return missing === undefined ? null : `its layer ${missing} is missing or damaged`
}

function listMounts(at: ImagePaths, layers: ReadonlyMap<string, StoredLayer>, bad: BadEntry[]) {
  const mounts = new Map<string, ContainerMount>()
  for (const id of namesIn(at.mounts).filter(isContainerId)) {
    const mount = readMount(at, id)
    const why = mount.known ? (isLeaving(at, id) ? null : mountProblem(at, mount.value, layers)) : mount.why
    if (why !== null) bad.push({ kind: 'mount', name: id, why })
    // a damaged one holds on to its image all the same
    if (mount.known && mount.value !== null) mounts.set(id, mount.value)
  }
  return mounts
}

/** Its removal has begun, and may have taken some of its layers already: the next pass, or fsck, completes it. */
const isLeaving = (at: ImagePaths, containerId: string) =>
  existsSync(join(at.containers, containerId, 'deleting')) || !existsSync(join(at.containers, containerId))

function mountProblem(at: ImagePaths, mount: ContainerMount | null, layers: ReadonlyMap<string, StoredLayer>) {
  if (mount === null) return null
  const { mountId, initId, parent } = mount
  const top = parent === null ? null : layers.get(parent)
  if (top === undefined) return `its image's layer ${parent} is missing or damaged`
  const below = top?.cacheId ?? null
  const init = initId === null ? null : treeProblem(at, initId, below)
  return init ?? treeProblem(at, mountId, initId ?? below)
}
