import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { abandonedLayers, isUnpacked } from '../dataroot/images/staged-layer.ts'
import { removeTree } from '../dataroot/files/remove-tree.ts'
import type { Result } from '../model/errors.ts'
import type { ImageDeps } from './deps.ts'
import { inUseLock, takeLock } from './locks.ts'

/**
 * Runs what brings layers into the stores or reads their files. Meanwhile no layer is removed, also if it has no image
 * yet. The last one to end removes the lock files of all: nobody can be waiting for one of them then.
 */
export async function usingLayers<T>(
  deps: ImageDeps,
  signal: AbortSignal,
  act: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const shared = await takeLock(deps, inUseLock(deps), 'shared', signal)
  if (!shared.ok) return shared
  try {
    // what is whole spares its transfer, and is of no use any more once all has come
    await removeAbandoned(deps, name => !isUnpacked(deps.at, name))
    const result = await act()
    if (result.ok) await removeAbandoned(deps, () => true)
    return result
  } finally {
    shared.value.release()
    removeLockFiles(deps)
  }
}

/** Runs `act` while nobody brings or reads layers; `busy` where somebody does. Doesn't wait. */
export async function unlessLayersInUse<T>(
  deps: ImageDeps,
  act: () => Promise<Result<T>>,
  busy: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const exclusive = deps.core.lock(inUseLock(deps), 'exclusive', true)
  if (!exclusive.ok) return exclusive.error.code === 'E_BUSY' ? await busy() : exclusive
  try {
    return await act()
  } finally {
    exclusive.value.release()
  }
}

/** Layers that a killed process was unpacking. */
async function removeAbandoned({ at }: ImageDeps, isUseless: (name: string) => boolean): Promise<void> {
  for (const name of abandonedLayers(at).filter(isUseless)) {
    // two that begin at once remove the same; what one of them doesn't find is gone
    await removeTree(join(at.staging, name)).catch(() => undefined)
  }
}

function removeLockFiles(deps: ImageDeps): void {
  const exclusive = deps.core.lock(inUseLock(deps), 'exclusive', true)
  if (!exclusive.ok) return
  try {
    const names = readdirSync(deps.at.blobs).filter(name => /^(blob|chain)-[0-9a-f]{64}\.lock$/.test(name))
    for (const name of names) rmSync(join(deps.at.blobs, name), { force: true })
  } catch {
    // they are empty files; the next one tries again
  } finally {
    exclusive.value.release()
  }
}
