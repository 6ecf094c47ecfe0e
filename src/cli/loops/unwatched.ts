import { readHistory } from '../../dataroot/records/history.ts'
import { lastWatchedMs } from '../../dataroot/sources/watcher-traces.ts'
import type { SourceName } from '../../model/identity.ts'
import type { Outcome } from '../../model/outcome.ts'
import { unwatchedEntry } from '../../status/objects/history.ts'
import type { Session } from './session.ts'

/** When each source was last watched, taken before this process becomes its watcher. */
export type LastWatched = ReadonlyMap<SourceName, number | null>

export const unwatchedSince = ({ context, manifests }: Session): LastWatched =>
  new Map(manifests.sources.map(({ name }) => [name, lastWatchedMs(context.paths, name)]))

/** A watcher's first pass tells the containers that ran on unwatched, and to which it did nothing, that it is there. */
export function tellUnwatched({ context, history }: Session, before: LastWatched, { observed, steps }: Outcome): void {
  for (const { id, origin, phase, declaration } of observed.containers) {
    if (!before.has(origin.source) || !phase.known || phase.value.phase !== 'running') continue
    const touched = steps.some(({ step }) => 'id' in step.action && step.action.id === id)
    if (touched || readHistory(context.paths, id).at(-1)?.what === 'nothing to do') continue
    const sinceMs = Math.max(before.get(origin.source) ?? 0, phase.value.startedAtMs)
    history.add(id, moment => unwatchedEntry(declaration.name, observed.nowMs - sinceMs, moment))
  }
}
