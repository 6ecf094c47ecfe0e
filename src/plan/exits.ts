import type { StepId } from '../model/plan.ts'
import type { Candidate } from './candidates.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'

/** Folds an exit that nobody wrote down yet into the records. */
export function recordExit(draft: Draft, kept: Candidate): StepId[] {
  const phase = kept.phase.value
  if (phase.phase !== 'exited' || kept.exitRecorded) return []
  return [
    addStep(draft, {
      subject: containerSubject(kept),
      action: { kind: 'record-exit', id: kept.id },
      reason: { code: 'exit-seen', exit: phase.exit },
      class: 'bookkeeping',
      after: [],
      position: null,
    }),
  ]
}
