import type { ContainerId } from '../model/identity.ts'
import type { ObservedState, StopOperation } from '../model/observed.ts'

/** How long after the grace period a process may still be there before the stop is asked for again. */
const overdueMs = 2000

/** Until when a stop that was begun may still end by itself; null: there is none, or it is overdue. */
export function stopUntilMs(observed: ObservedState, id: ContainerId): number | null {
  const stop = observed.operations.find(one => one.kind === 'stop' && one.containerId === id)
  return stop?.kind === 'stop' ? untilMs(stop, observed.nowMs) : null
}

function untilMs({ sinceMs, graceMs }: StopOperation, nowMs: number): number | null {
  // the clock was set back: nobody knows for how long it has been going on
  if (sinceMs - nowMs > overdueMs) return null
  const deadlineMs = sinceMs + graceMs
  const until = nowMs < deadlineMs ? deadlineMs : deadlineMs + overdueMs
  return nowMs < until ? until : null
}

/** The containers that a stop is about to end. */
export const endingContainers = ({ operations, nowMs }: ObservedState): ReadonlySet<ContainerId> =>
  new Set(operations.flatMap(one => (one.kind === 'stop' && untilMs(one, nowMs) !== null ? [one.containerId] : [])))
