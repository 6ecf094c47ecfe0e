import { fullName, type ContainerId, type Subject } from '../model/identity.ts'
import type { StepId } from '../model/plan.ts'
import type { Accepted } from './accepted.ts'
import { stateOf } from './dependency-state.ts'
import type { Draft } from './draft.ts'
import { positionOf } from './positions.ts'

/** `sinceMs`: from when on it could have been started, had it depended on nothing. */
type Starting = { readonly id: ContainerId | null; readonly sinceMs: number }

/** The steps behind which a container may be started; null: not in this plan, and what it waits for is told. */
export function clearance(draft: Draft, wanted: Accepted, { id, sinceMs }: Starting): StepId[] | null {
  const states = wanted.needs.map(need => ({ need, state: stateOf(draft, need) }))
  const subject: Subject = { kind: 'container', name: fullName(wanted.name), id }
  for (const { need, state } of states) {
    if (state.is !== 'unmet') continue
    const { on, condition, index } = need
    const refusal = { code: 'dependency', on, condition, why: state.why } as const
    draft.blocked.push({ subject, refusal, position: positionOf(wanted, [`spec.dependsOn.${index}`]) })
    return null
  }
  for (const { need, state } of states) {
    if (state.is !== 'awaited') continue
    const { on, condition } = need
    const since = Math.max(sinceMs, state.sinceMs)
    draft.waiting.push({ subject, for: { code: 'dependency', on, condition, sinceMs: since } })
    return null
  }
  return states.flatMap(({ state }) => (state.is === 'met' ? state.after : []))
}

/** The same for what takes the place of a running one, without a word about it. */
export const isClear = (draft: Draft, { needs }: Accepted): boolean =>
  needs.every(need => stateOf(draft, need).is === 'met')
