import { deviationsOf } from '../model/deviations.ts'
import { driftRules } from '../model/drift-classes.ts'
import type { StepId } from '../model/plan.ts'
import type { Deviation } from '../model/run-facts.ts'
import type { ObservedContainer } from '../model/observed.ts'
import type { Candidate } from './candidates.ts'
import type { Accepted } from './accepted.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'
import { isLeftAlone } from './left-alone.ts'

/** What a running container is not, of what it was given. Where nothing could be read nothing is concluded. */
export const deviations = ({ look }: Pick<ObservedContainer, 'look'>): readonly Deviation[] =>
  look?.known === true ? deviationsOf(look.value) : []

/** The first of them that only another process undoes. */
export const reasonToRestart = (kept: Candidate): Deviation | null =>
  deviations(kept).find(({ kind }) => driftRules[kind].class === 'restart') ?? null

/** Puts right under the running process what can be put right there, one step each. */
export function repairRun(draft: Draft, wanted: Accepted, kept: Candidate, after: readonly StepId[]): StepId[] {
  const phase = kept.phase.value
  if (phase.phase !== 'running') return []
  return deviations(kept).flatMap(deviation => {
    if (driftRules[deviation.kind].class !== 'in-place' || deviation.repair === null) return []
    if (isLeftAlone(draft, wanted, kept, [deviation.field])) return []
    return addStep(draft, {
      subject: containerSubject(kept),
      action: { kind: 'repair-run', id: kept.id, process: phase.process, repair: deviation.repair },
      reason: { code: 'deviated', deviation },
      class: 'in-place',
      after,
      position: null,
    })
  })
}
