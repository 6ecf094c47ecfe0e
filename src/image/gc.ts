import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findGarbage, removeGarbage } from '../dataroot/images/garbage.ts'
import type { Garbage } from '../dataroot/images/garbage.ts'
import { listStores } from '../dataroot/images/list-stores.ts'
import { dropReferences } from '../dataroot/images/references.ts'
import { usedImages } from '../dataroot/images/used-images.ts'
import type { ImagePaths } from '../dataroot/layout/paths.ts'
import { fail, ok } from '../model/errors.ts'
import type { Result } from '../model/errors.ts'
import type { ImageDeps } from './deps.ts'
import { unlessLayersInUse } from './layers-in-use.ts'
import { withStores } from './locks.ts'

export type Unneeded = Garbage & {
  /** digests by which images are named that go: a tag that moved on leaves them */
  readonly names: readonly string[]
  /** what interrupted pulls have kept */
  readonly parts: readonly { readonly path: string; readonly sizeBytes: number }[]
}

/** What no tag and no container leads to. Changes nothing and needs no lock: it is what it is at this moment. */
export function findUnneeded(at: ImagePaths): Result<Unneeded> {
  const stores = listStores(at)
  if (!stores.ok) return stores
  const used = usedImages(at)
  if (!used.known) return fail({ code: 'E_STATE', message: `nobody knows what containers use: ${used.why}` })
  const { references } = stores.value
  const tagged = { ...stores.value, references: references.filter(({ reference }) => !reference.includes('@')) }
  const garbage = findGarbage(tagged, new Set(used.value.keys()))
  const going = new Set(garbage.images.map(({ imageId }) => imageId))
  const names = references.filter(({ imageId }) => going.has(imageId)).map(({ reference }) => reference)
  const parts = partsIn(at)
  const bytes = garbage.bytes + parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return ok({ ...garbage, names, parts, bytes })
}

function partsIn({ blobs }: ImagePaths) {
  const names = lstatSync(blobs, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(blobs)
  return names
    .filter(name => /^blob-[0-9a-f]{64}$/.test(name))
    .sort()
    .map(name => join(blobs, name))
    .map(path => ({ path, sizeBytes: lstatSync(path, { throwIfNoEntry: false })?.size ?? 0 }))
}

/** Removes what is unneeded and returns it; E_BUSY while a pull, load, save or push is under way. */
export function removeUnneeded(deps: ImageDeps, signal: AbortSignal): Promise<Result<Unneeded>> {
  return withStores(deps, signal, () =>
    unlessLayersInUse(
      deps,
      async () => {
        const found = findUnneeded(deps.at)
        if (!found.ok) return found
        const dropped = dropReferences(deps.at, found.value.names)
        if (!dropped.ok) return dropped
        const removed = await removeGarbage(deps.at, found.value)
        if (!removed.ok) return removed
        for (const { path } of found.value.parts) rmSync(path, { force: true })
        return found
      },
      async () =>
        fail({ code: 'E_BUSY', message: 'a pull, load, save or push is under way; try again when it has ended' }),
    ),
  )
}
