import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Known, Result } from '../../model/errors.ts'
import type { Hold } from '../../model/hold.ts'
import { replaceFile, syncDirectory } from '../files/atomic.ts'
import { attempt } from '../files/io.ts'
import { count, object, text, versionOne } from '../files/shape.ts'
import { readStateFile } from '../files/state-file.ts'
import { containerPaths, type DataRootPaths } from '../layout/paths.ts'

type StoredHold = Hold & { readonly version: 1 }
const holdShape = object<StoredHold>({ version: versionOne, sinceMs: count, untilMs: count, reason: text })

/** `known(null)`: nobody holds it. Unreadable is not released. */
export const readHold = (paths: DataRootPaths, id: string): Known<Hold | null> =>
  readStateFile(containerPaths(paths, id).hold, holdShape)

/** Under the pass lock. */
export function writeHold(paths: DataRootPaths, id: string, hold: Hold): Result<void> {
  const { hold: path } = containerPaths(paths, id)
  const stored: StoredHold = { version: 1, ...hold }
  return attempt('write', path, () => replaceFile(path, `${JSON.stringify(stored)}\n`, 0o600))
}

/** Under the pass lock; no hold is no mistake. */
export function removeHold(paths: DataRootPaths, id: string): Result<void> {
  const { hold: path } = containerPaths(paths, id)
  return attempt('remove', path, () => {
    rmSync(path, { force: true })
    syncDirectory(dirname(path))
  })
}
