import type { Exit } from '../model/observed.ts'
import type { Reason, Refusal, StepId } from '../model/plan.ts'
import { afterExit, type Ended } from '../supervise/restart.ts'
import type { Accepted } from './accepted.ts'
import { blockOnBindSource, missingBindSource } from './bind-sources.ts'
import { type Candidate, phaseOf } from './candidates.ts'
import { createAnonymous, stepsForVolumesOf } from './container-volumes.ts'
import { addStep, containerSubject, type Draft, placeOf } from './draft.ts'
import { recordExit } from './exits.ts'
import { updateRecord } from './record.ts'
import { restartRequested } from './running.ts'

/** A container of the wanted spec that doesn't run: its record set right, and started if policy and request say so. */
export function keepStopped(
  draft: Draft,
  wanted: Accepted,
  kept: Candidate,
  { mayStart, after }: { readonly mayStart: boolean; readonly after: readonly StepId[] },
): void {
  const exitRecorded = recordExit(draft, kept)
  const updated = updateRecord(draft, wanted, kept, exitRecorded)
  const volumes = createAnonymous(draft, wanted, kept.anonymousVolumes, [])
  if (wanted.state === 'stopped' || !mayStart) return
  const next = nextStart(wanted, kept, draft.observed.nowMs)
  const subject = containerSubject(kept)
  if (next.kind === 'wait') draft.waiting.push({ subject, for: next.for })
  if (next.kind === 'block') draft.blocked.push({ subject, refusal: next.refusal, position: placeOf(wanted.origin) })
  if (next.kind !== 'start') return
  const missing = missingBindSource(wanted, draft.observed)
  if (missing !== null) return blockOnBindSource(draft, wanted, kept.id, missing)
  addStep(draft, {
    subject,
    action: { kind: 'start-container', id: kept.id, restart: next.restart, streak: next.streak },
    reason: next.reason,
    class: phaseOf(kept) === 'created' ? 'create' : 'restart',
    after: [...after, ...exitRecorded, ...updated, ...stepsForVolumesOf(draft, wanted), ...volumes],
    position: placeOf(wanted.origin),
  })
}

type Next =
  | { readonly kind: 'start'; readonly reason: Reason; readonly restart: boolean; readonly streak: number }
  | { readonly kind: 'wait'; readonly for: BackOff }
  | { readonly kind: 'block'; readonly refusal: Refusal }
  | { readonly kind: 'done' }
type BackOff = {
  readonly code: 'back-off'
  readonly untilMs: number
  readonly exit: Exit | null
  readonly failedStart: string | null
}

function nextStart(wanted: Accepted, kept: Candidate, nowMs: number): Next {
  const end = lastEnd(kept)
  if (end === null) return byUs({ code: 'not-started' })
  if (restartRequested(kept, end.begunAtMs)) return byUs({ code: 'restart-requested' })
  // A stop of ours is no result of the container's own; what runs no more because of it runs again.
  if (end.failedStart === null && kept.stopRequested === true) return byUs(end.reason)
  const after = afterExit(wanted.restart, end, kept.restarts, nowMs)
  switch (after.verdict) {
    case 'restart-now':
      return { kind: 'start', reason: end.reason, restart: true, streak: after.streak }
    case 'back-off': {
      const exit = end.failedStart === null ? end.exit : null
      return { kind: 'wait', for: { code: 'back-off', untilMs: after.untilMs, exit, failedStart: end.failedStart } }
    }
    case 'failed':
      return { kind: 'block', refusal: { code: 'failed', exit: end.exit } }
    case 'exhausted':
      return { kind: 'block', refusal: { code: 'restarts-exhausted', attempts: after.attempts, exit: end.exit } }
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
