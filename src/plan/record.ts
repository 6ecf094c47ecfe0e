import type { Reason, StepId } from '../model/plan.ts'
import { type Accepted, declared } from './accepted.ts'
import type { Candidate } from './candidates.ts'
import { changedRecordFields, onlyMoved } from './changes.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'
import { limitsReason } from './limits.ts'
import { limitPaths, positionOf } from './positions.ts'

/** Brings a record to what is declared. Of a container that doesn't run this includes its limits. */
export function updateRecord(draft: Draft, wanted: Accepted, kept: Candidate, after: readonly StepId[]): StepId[] {
  const limits = limitsReason(wanted.normal, kept)
  const fields = changedRecordFields(wanted, kept)
  if (limits === null && fields.length === 0) return []
  const reason: Reason = limits ?? { code: 'record-changed', fields }
  const paths = limits === null ? fields : limits.changes.slice(0, 1).flatMap(({ field }) => limitPaths(field))
  const step = addStep(draft, {
    subject: containerSubject(kept),
    action: { kind: 'update-record', id: kept.id, container: declared(wanted), limits: wanted.normal },
    reason,
    class: limits === null && onlyMoved(fields) ? 'bookkeeping' : 'in-place',
    after,
    position: positionOf(wanted, paths),
  })
  return [step]
}
