import type { StopRule } from '../model/desired.ts'
import type { ChangeClass } from '../model/action.ts'
import type { StopAgain } from '../model/observed.ts'
import type { Position } from '../model/identity.ts'
import type { Reason, StepId } from '../model/plan.ts'
import { type Candidate, phaseOf } from './candidates.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'
import { stopUntilMs } from './stop-operations.ts'
import { thawForStop } from './thaw.ts'

type Cause = {
  readonly reason: Reason
  readonly class: ChangeClass
  readonly stop: StopRule
  readonly position: Position | null
  /** missing = none */
  readonly after?: readonly StepId[] | undefined
  readonly again?: StopAgain
}

/** Begins a stop of a running container, or waits for the one that was begun. */
export function stopRunning(draft: Draft, candidate: Candidate, cause: Cause): void {
  const adopted = adoptIfLost(draft, candidate)
  if (waitForStop(draft, candidate)) return
  const { reason, class: changeClass, position } = cause
  const subject = containerSubject(candidate)
  const stop = (): void => {
    const after = thawForStop(draft, candidate, { reason, after: [...adopted, ...(cause.after ?? [])] })
    const { again } = cause
    const action = {
      kind: 'begin-stop',
      id: candidate.id,
      stop: cause.stop,
      ...(again === undefined ? {} : { again }),
    } as const
    addStep(draft, { subject, action, reason, class: changeClass, after, position })
  }
  if (draft.ordersStops && isForGood(reason)) leave(draft, candidate, stop)
  else stop()
}

/** Nothing takes its place. */
const isForGood = ({ code }: Reason): boolean => code === 'undeclared' || code === 'should-be-stopped'

function leave(draft: Draft, candidate: Candidate, stop: () => void): void {
  draft.departures.push({ container: candidate, go: stop })
  draft.stopping.add(candidate.id)
}

/** True while a stop that was begun may still end by itself. */
export function waitForStop(draft: Draft, candidate: Candidate): boolean {
  const untilMs = stopUntilMs(draft.observed, candidate.id)
  if (untilMs === null) return false
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
