import type { DesiredState } from '../../model/desired.ts'
import { known } from '../../model/errors.ts'
import { unmintedId } from '../../model/identity.ts'
import type { ObservedState } from '../../model/observed.ts'
import type { Plan } from '../../model/plan.ts'
import { plan } from '../../plan/plan.ts'
import { longAbsent } from './absence.ts'

/**
 * What passes would do: as one pass, with the second look that a prune needs already taken, and with the volumes that a
 * later pass would delete, once their users have stopped.
 */
export function dryPlan(desired: DesiredState, observed: ObservedState): Plan {
  const first = plan(desired, observed, unminted(), 'at once')
  const absentSinceMs = longAbsent(first)
  const absent = { ...desired, absentSinceMs }
  const next = Object.keys(absentSinceMs).length === 0 ? first : plan(absent, observed, unminted(), 'at once')
  return withLaterDeletions(next, absent, observed)
}

/** The pulls of a plan, and then what a plan says that was made as if they had ended. */
export function afterPulls(first: Plan, later: Plan): Plan {
  const pulls = first.steps.filter(
    ({ action }) => action.kind === 'begin-pull' && !isWaitedFor(later, action.reference),
  )
  const shift = Math.max(0, ...pulls.map(({ id }) => id))
  const steps = later.steps.map(step => ({ ...step, id: step.id + shift, after: step.after.map(id => id + shift) }))
  return { ...later, steps: [...pulls, ...steps] }
}

/** What could not be learned is still to be pulled. */
const isWaitedFor = ({ steps }: Plan, reference: string): boolean =>
  steps.some(({ action }) => action.kind === 'begin-pull' && action.reference === reference)

/** What is only planned has no id yet. */
function unminted(): () => string {
  let count = 0
  return () => unmintedId(++count)
}

function withLaterDeletions(next: Plan, desired: DesiredState, observed: ObservedState): Plan {
  const stops = next.steps.filter(({ action }) => action.kind === 'begin-stop')
  if (stops.length === 0) return next
  const later = plan(desired, stopped(observed, new Set(stops.map(({ subject }) => subject.id))), unminted())
  const deletions = later.steps
    .filter(({ action, subject }) => action.kind === 'delete-volume' && !isIn(next, subject.name))
    .map((step, i) => ({ ...step, id: next.steps.length + 1 + i, after: stops.map(({ id }) => id) }))
  return { ...next, steps: [...next.steps, ...deletions] }
}

const isIn = ({ steps }: Plan, volume: string): boolean =>
  steps.some(({ action }) => action.kind === 'delete-volume' && action.name === volume)

/** The same host, with these containers stopped by us. */
const stopped = (observed: ObservedState, ids: ReadonlySet<string | null>): ObservedState => ({
  ...observed,
  containers: observed.containers.map(container => {
    if (!ids.has(container.id)) return container
    const exit = { kind: 'signal', signal: 15, oom: false, atMs: observed.nowMs } as const
    const phase = known({ phase: 'exited', exit, startedAtMs: observed.nowMs } as const)
    return { ...container, phase, kernelLimits: null, stopRequested: true }
  }),
  operations: observed.operations.filter(operation => operation.kind !== 'stop' || !ids.has(operation.containerId)),
})
