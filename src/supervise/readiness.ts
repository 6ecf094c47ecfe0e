import type { DesiredState } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { ObservedState } from '../model/observed.ts'
import type { Plan } from '../model/plan.ts'

export type Readiness = {
  readonly ready: number
  readonly total: number
  /** ended for good with another code than 0, or out of tries */
  readonly failed: readonly string[]
  /** absent, refused, waiting, or with a step still to do */
  readonly notReady: readonly string[]
}

/** How many of the declared containers are as declared; `plan` is the one made from these two states. */
export function readiness(plan: Plan, desired: DesiredState, observed: ObservedState): Readiness {
  const names = [...new Set(desired.containers.map(container => fullName(container.name)))].sort()
  const present = new Set(observed.containers.map(container => fullName(container.declaration.name)))
  const failures = namesOf(plan.blocked.filter(isFailure))
  const pending = namesOf([
    ...plan.steps.filter(step => step.class !== 'bookkeeping'),
    ...plan.waiting,
    ...plan.blocked,
    ...(plan.left ?? []).filter(({ why }) => why.code === 'fighting'),
  ])
  const failed = names.filter(name => failures.has(name))
  const notReady = names.filter(name => !failures.has(name) && (pending.has(name) || !present.has(name)))
  return { ready: names.length - failed.length - notReady.length, total: names.length, failed, notReady }
}

type About = Pick<Plan['steps'][number], 'subject'>

const namesOf = (items: readonly About[]): ReadonlySet<string> =>
  new Set(items.filter(item => item.subject.kind === 'container').map(item => item.subject.name))

const isFailure = ({ refusal }: Plan['blocked'][number]): boolean =>
  refusal.code === 'failed' || refusal.code === 'restarts-exhausted'
