import { join } from 'node:path'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { makeDirectory } from '../files/atomic.ts'
import { attemptAsync, failure } from '../files/io.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { removeTree } from '../files/remove-tree.ts'
import { readMount } from './container-layers.ts'
import { ownLayers, stagedLayer } from './container-names.ts'
import { fillInitLayer } from './init-layer.ts'
import { readChain } from './layer-entry.ts'
import { layerFiles } from './layer-tree.ts'

/** Brings a tree into a directory; what that has already hides what comes. */
export type CopyTree = (from: string, into: string) => Promise<Result<unknown>>

/**
 * With vfs, what a container's layers are to hold: copies, which take their time and therefore no lock. The container's
 * record is there, so that its image stays. What a creation left that was cut off is made anew.
 */
export async function prepareCopies(
  at: ImagePaths,
  containerId: string,
  parent: string | null,
  copy: CopyTree,
): Promise<Result<void>> {
  const mount = readMount(at, containerId)
  if (!mount.known) return fail(failure('E_STATE', mount.why, at.mounts))
  if (mount.value !== null) return ok(undefined)
  const chain = readChain(at, parent)
  if (!chain.ok) return chain
  const top = chain.value.at(-1)
  const image = top === undefined ? null : layerFiles(at, top.cacheId)
  const [ownId, initId] = ownLayers(containerId)
  const init = await emptyStage(at, initId, diff => fillInitLayer(diff, image === null ? [] : [image]))
  if (!init.ok) return init
  const shown = image === null ? ok(undefined) : await copy(image, init.value)
  if (!shown.ok) return shown
  const own = await emptyStage(at, ownId, () => undefined)
  if (!own.ok) return own
  const copied = await copy(init.value, own.value)
  return copied.ok ? ok(undefined) : copied
}

function emptyStage(at: ImagePaths, layerId: string, fill: (diff: string) => void): Promise<Result<string>> {
  const staged = stagedLayer(at, layerId)
  return attemptAsync('make', staged, async () => {
    await removeTree(staged)
    makeDirectory(staged, 0o710)
    const diff = join(staged, 'diff')
    makeDirectory(diff, 0o755)
    fill(diff)
    return diff
  })
}
