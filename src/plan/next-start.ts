import type { ContainerDeclaration } from '../model/desired.ts'
import type { Exit } from '../model/observed.ts'
import type { Reason, Refusal } from '../model/plan.ts'
import { afterExit, type Ended } from '../supervise/restart.ts'
import type { Candidate } from './candidates.ts'

/** What comes next for a container that doesn't run and is to run. */
export type Next =
  | { readonly kind: 'start'; readonly reason: Reason; readonly restart: boolean; readonly streak: number }
  | { readonly kind: 'wait'; readonly for: BackOff }
  | { readonly kind: 'block'; readonly refusal: Refusal; readonly exit: Exit }
  | { readonly kind: 'done' }
type BackOff = {
  readonly code: 'back-off'
  readonly untilMs: number
  readonly exit: Exit | null
  readonly failedStart: string | null
}

export function nextStart({ restart }: Pick<ContainerDeclaration, 'restart'>, kept: Candidate, nowMs: number): Next {
  const end = lastEnd(kept)
  if (end === null) return byUs({ code: 'not-started' })
  if (restartRequested(kept, end.begunAtMs)) return byUs({ code: 'restart-requested' })
  // A stop of ours is no result of the container's own; what runs no more because of it runs again.
  if (end.failedStart === null && kept.stopRequested === true) {
    const { stoppedFor } = kept
    if (stoppedFor === undefined) return byUs(end.reason)
    return { kind: 'start', reason: { code: 'unhealthy', last: null }, restart: true, streak: stoppedFor.streak }
  }
  const after = afterExit(restart, end, kept.restarts, nowMs)
  switch (after.verdict) {
    case 'restart-now':
      return { kind: 'start', reason: end.reason, restart: true, streak: after.streak }
    case 'back-off': {
      const exit = end.failedStart === null ? end.exit : null
      return { kind: 'wait', for: { code: 'back-off', untilMs: after.untilMs, exit, failedStart: end.failedStart } }
    }
    case 'failed':
      return { kind: 'block', refusal: { code: 'failed', exit: end.exit }, exit: end.exit }
    case 'exhausted':
      return {
        kind: 'block',
        refusal: { code: 'restarts-exhausted', attempts: after.attempts, exit: end.exit },
        exit: end.exit,
      }
    case 'completed':
      return { kind: 'done' }
  }
}

const byUs = (reason: Reason): Next => ({ kind: 'start', reason, restart: false, streak: 0 })

type LastEnd = Ended & { readonly begunAtMs: number; readonly reason: Reason; readonly failedStart: string | null }

/** How the last run ended, or the start after it that failed; null before the first start. */
function lastEnd(kept: Candidate): LastEnd | null {
  const failed = kept.restarts.failedStart
  if (failed !== null) {
    const exit = { kind: 'code', code: failed.code, atMs: failed.atMs } as const
    const reason = { code: 'start-failed', message: failed.message } as const
    return { exit, ranMs: 0, begunAtMs: failed.atMs, reason, failedStart: failed.message }
  }
  const phase = kept.phase.value
  if (phase.phase !== 'exited') return null
  const { exit, startedAtMs } = phase
  const reason = { code: 'exited', exit } as const
  return { exit, ranMs: exit.atMs - startedAtMs, begunAtMs: startedAtMs, reason, failedStart: null }
}

/** A request is answered by the first start after it, whatever the record still says. */
export const restartRequested = (container: Candidate, sinceMs: number): boolean =>
  container.restarts.requestedAtMs !== null && container.restarts.requestedAtMs > sinceMs
