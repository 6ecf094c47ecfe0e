import { deviationsOf } from '../model/deviations.ts'
import { driftRules } from '../model/drift-classes.ts'
import type { Reason, StepId } from '../model/plan.ts'
import type { DeclaredState } from '../model/desired.ts'
import type { Deviation } from '../model/run-facts.ts'
import type { ObservedContainer } from '../model/observed.ts'
import type { Candidate } from './candidates.ts'
import type { Accepted } from './accepted.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'
import { isLeftAlone } from './left-alone.ts'
import { positionOf } from './positions.ts'

/** What a running container is not, of what it was given. Where nothing could be read nothing is concluded. */
const deviations = ({ look }: Pick<ObservedContainer, 'look'>, state: DeclaredState): readonly Deviation[] =>
  look?.known === true ? deviationsOf(look.value, state) : []

/** The first of them that only another process undoes. */
export const reasonToRestart = (kept: Candidate): Deviation | null =>
  deviations(kept, kept.declaration.state).find(({ kind }) => driftRules[kind].class === 'restart') ?? null

/** Puts right under the running process what can be put right there, one step each. */
export function repairRun(draft: Draft, wanted: Accepted, kept: Candidate, after: readonly StepId[]): StepId[] {
  const phase = kept.phase.value
  if (phase.phase !== 'running') return []
  return deviations(kept, wanted.state).flatMap(deviation => {
    if (driftRules[deviation.kind].class !== 'in-place' || deviation.repair === null) return []
    const isAsked = isAskedFor(wanted, kept, deviation)
    if (!isAsked && isLeftAlone(draft, wanted, kept, [deviation.field])) return []
    const reason: Reason = isAsked
      ? { code: 'record-changed', fields: ['spec.state'] }
      : { code: 'deviated', deviation }
    return addStep(draft, {
      subject: containerSubject(kept),
      action: { kind: 'repair-run', id: kept.id, process: phase.process, repair: deviation.repair },
      reason,
      class: 'in-place',
      after,
      position: isAsked ? positionOf(wanted, ['spec.state']) : null,
    })
  })
}

/** The manifest changed between paused and not: the kernel is still as it was recorded. */
const isAskedFor = (wanted: Accepted, { declaration }: Candidate, { kind }: Deviation): boolean =>
  (kind === 'frozen' || kind === 'thawed') && (wanted.state === 'paused') !== (declaration.state === 'paused')
