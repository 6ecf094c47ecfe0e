import { existsSync, renameSync } from 'node:fs'
import type { Result } from '../../model/errors.ts'
import { makeDirectory, syncDirectory } from '../files/atomic.ts'
import { attempt, attemptAsync } from '../files/io.ts'
import { containerPaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { removeTree } from '../files/remove-tree.ts'

const unfinished = (rootCopy: string) => `${rootCopy}.part`

/** An empty directory for the copy of a container's rootfs; null: the copy is there already. */
export function stageRootCopy(paths: DataRootPaths, id: string): Promise<Result<string | null>> {
  const { layer, rootCopy } = containerPaths(paths, id)
  const staged = unfinished(rootCopy)
  return attemptAsync('make', staged, async () => {
    if (existsSync(rootCopy)) return null
    makeDirectory(layer, 0o710)
    // of a creation that was cut off
    await removeTree(staged)
    makeDirectory(staged, 0o755)
    return staged
  })
}

export function publishRootCopy(paths: DataRootPaths, id: string): Result<void> {
  const { layer, rootCopy } = containerPaths(paths, id)
  return attempt('make', rootCopy, () => {
    renameSync(unfinished(rootCopy), rootCopy)
    syncDirectory(layer)
  })
}
