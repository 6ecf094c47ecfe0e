import { constants } from 'node:os'
import type { SourceName } from '../../model/identity.ts'
import type { World } from '../world/wire.ts'
import { liveWatcher } from './live-watcher.ts'

/** Lets the watcher of a source look at once. The signal does nothing to a program that doesn't know it. */
export function wakeWatcher({ paths, core }: Pick<World, 'paths' | 'core'>, source: SourceName): void {
  const watcher = liveWatcher(paths, [source])
  if (watcher !== null) core.signal(watcher.process.pid, watcher.process.startTicks, constants.signals.SIGCONT)
}

/** What `wakeWatcher` sends; also what a shell sends to a program that goes on. Returns the end of it. */
export function onWake(wake: () => void): () => void {
  process.on('SIGCONT', wake)
  return () => void process.off('SIGCONT', wake)
}
