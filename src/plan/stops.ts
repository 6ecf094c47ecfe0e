import type { StopRule } from '../model/desired.ts'
import type { ChangeClass } from '../model/action.ts'
import type { Position } from '../model/identity.ts'
import type { Reason, StepId } from '../model/plan.ts'
import { type Candidate, phaseOf } from './candidates.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'
import { thawForStop } from './thaw.ts'

/** How long after the grace period a process may still be there before the stop is asked for again. */
const overdueMs = 2000

type Cause = {
  readonly reason: Reason
  readonly class: ChangeClass
  readonly stop: StopRule
  readonly position: Position | null
}

/** Begins a stop of a running container, or waits for the one that was begun. */
export function stopRunning(draft: Draft, candidate: Candidate, cause: Cause): void {
  const adopted = adoptIfLost(draft, candidate)
  if (waitForStop(draft, candidate)) return
  const after = thawForStop(draft, candidate, adopted)
  const action = { kind: 'begin-stop', id: candidate.id, stop: cause.stop } as const
  const { reason, class: changeClass, position } = cause
  addStep(draft, { subject: containerSubject(candidate), action, reason, class: changeClass, after, position })
}

/** True while a stop that was begun may still end by itself. */
export function waitForStop(draft: Draft, candidate: Candidate): boolean {
  const stop = draft.observed.operations.find(one => one.kind === 'stop' && one.containerId === candidate.id)
  if (stop?.kind !== 'stop') return false
  const deadlineMs = stop.sinceMs + stop.graceMs
  const untilMs = draft.observed.nowMs < deadlineMs ? deadlineMs : deadlineMs + overdueMs
  if (draft.observed.nowMs >= untilMs) return false
  draft.waiting.push({ subject: containerSubject(candidate), for: { code: 'stop', untilMs } })
  return true
}

/** Only a shim can stop a container and learn its exit, so a lost one is replaced before anything else. */
export function adoptIfLost(draft: Draft, candidate: Candidate): StepId[] {
  const phase = candidate.phase.value
  if (phase.phase !== 'running' || phase.shim === 'alive') return []
  const action = { kind: 'adopt-container', id: candidate.id } as const
  const subject = containerSubject(candidate)
  const reason = { code: 'shim-lost' } as const
  return [addStep(draft, { subject, action, reason, class: 'bookkeeping', after: [], position: null })]
}

export const isRunning = (candidate: Candidate): boolean => phaseOf(candidate) === 'running'

/** A start that was begun can only be waited for. */
export function waitForStart(draft: Draft, candidate: Candidate): void {
  draft.waiting.push({ subject: containerSubject(candidate), for: { code: 'start' } })
}
