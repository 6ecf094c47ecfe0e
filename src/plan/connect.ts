import type { Reason, StepId } from '../model/plan.ts'
import { driftFields } from '../model/drift-fields.ts'
import type { LinkFault } from '../model/network-facts.ts'
import type { Accepted } from './accepted.ts'
import type { Candidate } from './candidates.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'
import { stepsForNetworksOf } from './endpoints.ts'
import { isLeftAlone } from './left-alone.ts'
import { positionOf } from './positions.ts'
import { same } from './same.ts'

/** Brings addresses and interfaces to what is settled, under the running process where there is one. */
export function connect(draft: Draft, wanted: Accepted, kept: Candidate, after: readonly StepId[]): StepId[] {
  const { endpoints } = wanted
  if (endpoints === undefined) return []
  const isChanged = !same(endpoints, kept.endpoints ?? {})
  const faults = kept.linkFaults?.known === true ? kept.linkFaults.value : []
  const reason: Reason = isChanged ? { code: 'record-changed', fields: ['spec.networks'] } : linksDrifted(faults)
  if (!isChanged && (faults.length === 0 || isLeftAlone(draft, wanted, kept, driftFields(reason)))) return []
  const phase = kept.phase.value
  const process = phase.phase === 'running' ? phase.process : null
  const step = addStep(draft, {
    subject: containerSubject(kept),
    action: { kind: 'connect-container', id: kept.id, process, endpoints },
    reason,
    class: 'in-place',
    after: [...after, ...stepsForNetworksOf(draft, wanted)],
    position: isChanged ? positionOf(wanted, ['spec.networks']) : null,
  })
  return [step]
}

export const linksDrifted = (faults: readonly LinkFault[]): Reason => ({
  code: 'links-drifted',
  faults: faults.map(({ text }) => text),
  fields: [...new Set(faults.map(({ field }) => field))],
})
