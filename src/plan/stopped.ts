import type { StepId } from '../model/plan.ts'
import type { Accepted } from './accepted.ts'
import { blockOnBindSource, missingBindSource } from './bind-sources.ts'
import { type Candidate, phaseOf } from './candidates.ts'
import { createAnonymous, stepsForVolumesOf } from './container-volumes.ts'
import { addStep, containerSubject, type Draft, placeOf } from './draft.ts'
import { connect } from './connect.ts'
import { clearance } from './dependencies.ts'
import { stepsForNetworksOf } from './endpoints.ts'
import { recordExit } from './exits.ts'
import { nextStart } from './next-start.ts'
import { updateRecord } from './record.ts'

/** A container of the wanted spec that doesn't run: its record set right, and started if policy and request say so. */
export function keepStopped(
  draft: Draft,
  wanted: Accepted,
  kept: Candidate,
  { mayStart, after }: { readonly mayStart: boolean; readonly after: readonly StepId[] },
): void {
  const exitRecorded = recordExit(draft, kept)
  const updated = updateRecord(draft, wanted, kept, exitRecorded)
  const connected = connect(draft, wanted, kept, updated)
  const volumes = createAnonymous(draft, wanted, kept.anonymousVolumes, [])
  if (wanted.state === 'stopped' || !mayStart) return
  const next = nextStart(wanted, kept, draft.observed.nowMs)
  const subject = containerSubject(kept)
  if (next.kind === 'wait') draft.waiting.push({ subject, for: next.for })
  if (next.kind === 'block') draft.blocked.push({ subject, refusal: next.refusal, position: placeOf(wanted.origin) })
  if (next.kind !== 'start') return
  const missing = missingBindSource(wanted, draft.observed)
  if (missing !== null) return blockOnBindSource(draft, wanted, kept.id, missing)
  const clear = clearance(draft, wanted, { id: kept.id, sinceMs: idleSinceMs(kept) })
  if (clear === null) return
  addStep(draft, {
    subject,
    action: { kind: 'start-container', id: kept.id, restart: next.restart, streak: next.streak },
    reason: next.reason,
    class: phaseOf(kept) === 'created' ? 'create' : 'restart',
    after: [
      ...after,
      ...clear,
      ...exitRecorded,
      ...updated,
      ...stepsForVolumesOf(draft, wanted),
      ...volumes,
      ...connected,
      ...stepsForNetworksOf(draft, wanted),
    ],
    position: placeOf(wanted.origin),
  })
}

function idleSinceMs({ phase, createdAtMs }: Candidate): number {
  return phase.value.phase === 'exited' ? phase.value.exit.atMs : createdAtMs
}
