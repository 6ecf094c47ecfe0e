import { fsck } from '../dataroot/images/fsck.ts'
import type { Damage, Litter } from '../dataroot/images/fsck.ts'
import { collectLitter } from '../dataroot/images/garbage.ts'
import type { DataRootPaths } from '../dataroot/layout/paths.ts'
import { ok } from '../model/errors.ts'
import type { Result } from '../model/errors.ts'
import type { ImageDeps } from './deps.ts'
import { withStores } from './locks.ts'

export type Checked = {
  /** what nothing owns */
  readonly litter: readonly Litter[]
  /** what only a pull, a new container or a hand can mend */
  readonly damage: readonly Damage[]
}

/** Looks at every entry of the stores; changes nothing. */
export function checkStores(paths: DataRootPaths): Result<Checked> {
  const found = fsck(paths)
  return found.ok ? ok({ litter: found.value.litter, damage: found.value.damage }) : found
}

/** The same under the stores' lock, and removes the litter. */
export function repairStores(deps: ImageDeps, paths: DataRootPaths, signal: AbortSignal): Promise<Result<Checked>> {
  return withStores(deps, signal, async () => {
    const found = checkStores(paths)
    if (!found.ok) return found
    const collected = await collectLitter(deps.at, found.value.litter)
    return collected.ok ? found : collected
  })
}
