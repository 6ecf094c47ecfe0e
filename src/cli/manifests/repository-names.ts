import { readRepositoryRecord } from '../../dataroot/sources/git-sources.ts'
import type { DataRootPaths } from '../../dataroot/layout/paths.ts'
import { parseRepositoryFile, placeOfFile, revisionPath } from '../../model/repository.ts'

/** `deploy/app.yaml@3f2c1d9`; `commit` where the name itself has none. */
export function displayRepositoryFile(file: string, commit: string | null = null): string {
  const inside = parseRepositoryFile(file)
  if (inside === null) return file
  const shown = inside.commit ?? commit
  const path = inside.path === '' ? inside.repository : inside.path
  return shown === null ? path : revisionPath(path, shown)
}

/** The last good commit of the Git source that a file belongs to; null for a file of this host. */
export function goodCommit(paths: DataRootPaths, file: string): string | null {
  const inside = parseRepositoryFile(file)
  if (inside === null) return null
  const record = readRepositoryRecord(paths, placeOfFile(inside))
  return record.known ? (record.value?.good?.commit ?? null) : null
}
