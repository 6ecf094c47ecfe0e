import type { DesiredState } from '../model/desired.ts'
import type { ObservedState } from '../model/observed.ts'
import type { Plan } from '../model/plan.ts'
import { plan } from '../plan/plan.ts'
import { longAbsent } from './absence.ts'
import { unmintedId } from '../model/identity.ts'

/** What passes would do: as one pass, with the second look that a prune needs already taken. */
export function dryPlan(desired: DesiredState, observed: ObservedState): Plan {
  const first = plan(desired, observed, unminted())
  const absentSinceMs = longAbsent(first)
  return Object.keys(absentSinceMs).length === 0 ? first : plan({ ...desired, absentSinceMs }, observed, unminted())
}

/** What is only planned has no id yet. */
function unminted(): () => string {
  let count = 0
  return () => unmintedId(++count)
}
