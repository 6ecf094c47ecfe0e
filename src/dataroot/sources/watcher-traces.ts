import { rmSync, statSync, utimesSync } from 'node:fs'
import type { Result } from '../../model/errors.ts'
import type { SourceName } from '../../model/identity.ts'
import { attempt } from '../files/io.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { liveWatchers, watcherFile } from './watchers.ts'

/*
 * The registration of a watcher stays when it ends, however it ends: its time of change is the watcher's last sign of
 * life, and tells for how long nobody has watched a source that somebody watched before.
 */

/** ms since the epoch; null: nobody ever watched this source. */
export function lastWatchedMs(paths: DataRootPaths, source: SourceName): number | null {
  return statSync(watcherFile(paths, source), { throwIfNoEntry: false })?.mtimeMs ?? null
}

/** Called by the watcher itself, each pass. */
export function markWatched(paths: DataRootPaths, source: SourceName, nowMs: number): Result<void> {
  const path = watcherFile(paths, source)
  return attempt('touch', path, () => utimesSync(path, nowMs / 1000, nowMs / 1000))
}

/** Once nothing of a source is left, its past watchers are of no interest; one that lives stays registered. */
export function forgetWatcher(paths: DataRootPaths, source: SourceName): Result<void> {
  const path = watcherFile(paths, source)
  return attempt('remove', path, () => {
    const alive = liveWatchers(paths)
    if (alive.ok && !alive.value.some(watcher => watcher.source === source)) rmSync(path, { force: true })
  })
}
