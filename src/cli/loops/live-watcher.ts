import type { DataRootPaths } from '../../dataroot/layout/paths.ts'
import { liveWatchers, type Watcher } from '../../dataroot/sources/watchers.ts'
import type { SourceName } from '../../model/identity.ts'

/** The live watcher of one of these sources, or null. */
export function liveWatcher(paths: DataRootPaths, sources: readonly SourceName[]): Watcher | null {
  const watchers = liveWatchers(paths)
  return watchers.ok ? (watchers.value.find(({ source }) => sources.includes(source)) ?? null) : null
}
