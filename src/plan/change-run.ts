import type { StepId } from '../model/plan.ts'
import { type Accepted, declared } from './accepted.ts'
import type { Candidate } from './candidates.ts'
import { changedRecordFields, changedSpecFields, sameSpec } from './changes.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'
import { positionOf } from './positions.ts'
import { runChange } from './run-change.ts'

/** One step: what is not done under the process is not recorded. The limits keep theirs, which another step changes. */
export function changeRun(draft: Draft, wanted: Accepted, kept: Candidate, after: readonly StepId[]): StepId[] {
  if (sameSpec(wanted, kept.declaration)) return []
  const run = runChange(wanted.spec, kept, draft.observed)
  if (run === null) return []
  const spec = changedSpecFields(wanted.spec, kept.declaration.spec)
  const fields = [...spec, ...changedRecordFields(wanted, kept).filter(field => field !== 'digest')]
  return [
    addStep(draft, {
      subject: containerSubject(kept),
      action: { kind: 'update-record', id: kept.id, container: declared(wanted), limits: kept.recordedLimits, run },
      reason: { code: 'record-changed', fields },
      class: 'in-place',
      after,
      position: positionOf(wanted, spec),
    }),
  ]
}
