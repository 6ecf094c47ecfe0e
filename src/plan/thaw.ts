import { deviationsOf } from '../model/deviations.ts'
import type { Reason, StepId } from '../model/plan.ts'
import type { Candidate } from './candidates.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'

/** What is frozen hears no signal: it goes on first, or its stop would take the whole grace period and end in SIGKILL. */
export function thawForStop(
  draft: Draft,
  candidate: Candidate,
  { reason, after }: { readonly reason: Reason; readonly after: readonly StepId[] },
): readonly StepId[] {
  const phase = candidate.phase.value
  if (phase.phase !== 'running' || candidate.look?.known !== true) return after
  const frozen = deviationsOf(candidate.look.value, 'running').find(({ kind }) => kind === 'frozen')
  if (frozen === undefined || frozen.repair === null) return after
  const thawed = addStep(draft, {
    subject: containerSubject(candidate),
    action: { kind: 'repair-run', id: candidate.id, process: phase.process, repair: frozen.repair },
    // somebody else froze it, unless it was to be paused
    reason: candidate.declaration.state === 'paused' ? reason : { code: 'deviated', deviation: frozen },
    class: 'in-place',
    after,
    position: null,
  })
  return [...after, thawed]
}
