import { type ContainerId, fullName } from '../model/identity.ts'
import type { ObservedContainer } from '../model/observed.ts'
import type { StepId, Waiting } from '../model/plan.ts'
import { type Dependants, dependantsKey, dependantsOf } from './dependants.ts'
import { containerSubject, type Draft } from './draft.ts'
import { endingContainers, stopUntilMs } from './stop-operations.ts'

/**
 * Of those that go for good, those go now on which none depends that runs and is about to stop too: dependants first, also through
 * what doesn't run between them, which stays until then. Those that depend on each other in a circle go at once. One that keeps
 * running holds nobody up.
 */
export function settleDepartures(draft: Draft, order: 'in order' | 'at once'): void {
  const { departures, observed } = draft
  if (order === 'at once' || departures.length === 0) return departures.forEach(({ go }) => go([]))
  const stopping = endingContainers(observed)
  const ids = new Set(departures.map(({ container }) => container.id))
  const isLeaving = (one: ObservedContainer) => stopping.has(one.id) || (ids.has(one.id) && !isIdle(one))
  const isPassed = (one: ObservedContainer) => isIdle(one) && !draft.starts.has(fullName(one.declaration.name))
  const dependants = dependantsOf(draft)
  const holders = new Map<ContainerId, ObservedContainer>()
  for (const { container } of departures) {
    const other = firstLeaving(container, dependants, { isLeaving, isPassed })
    if (other !== null) holders.set(container.id, other)
  }
  const circular = circlesOf(holders)
  for (const { container, go } of departures) {
    const holder = holders.get(container.id)
    if (holder === undefined || circular.has(container.id)) go(startsOf(draft, dependants, container))
    else draft.waiting.push({ subject: containerSubject(container), for: waitFor(draft, holder) })
  }
}

/** The nearest that depends on it, be it by way of some that don't run. */
function firstLeaving(
  container: ObservedContainer,
  dependants: Dependants,
  { isLeaving, isPassed }: Readonly<Record<'isLeaving' | 'isPassed', (one: ObservedContainer) => boolean>>,
): ObservedContainer | null {
  const seen = new Set([container.id])
  const way = [container]
  for (const at of way)
    for (const { seen: other } of dependants.get(keyOf(at)) ?? []) {
      if (other === null || seen.has(other.id)) continue
      seen.add(other.id)
      if (isLeaving(other)) return other
      if (isPassed(other)) way.push(other)
    }
  return null
}

const keyOf = ({ declaration: { name }, origin }: ObservedContainer) => dependantsKey({ name, origin })

/** The steps of this plan that start what rests on it. */
const startsOf = ({ starts }: Draft, dependants: Dependants, container: ObservedContainer): StepId[] =>
  (dependants.get(keyOf(container)) ?? []).flatMap(({ name }) => starts.get(name) ?? [])

const isIdle = ({ phase }: ObservedContainer): boolean =>
  phase.known && phase.value.phase !== 'running' && phase.value.phase !== 'starting'

/** Those from which a walk from holder to holder comes back. */
function circlesOf(holders: ReadonlyMap<ContainerId, ObservedContainer>): ReadonlySet<ContainerId> {
  const found = new Set<ContainerId>()
  const done = new Set<ContainerId>()
  for (const start of holders.keys()) {
    const path: ContainerId[] = []
    let at: ContainerId | undefined = start
    while (at !== undefined && holders.has(at) && !done.has(at)) {
      done.add(at)
      path.push(at)
      at = holders.get(at)?.id
    }
    const from = at === undefined ? -1 : path.indexOf(at)
    if (from >= 0) for (const id of path.slice(from)) found.add(id)
  }
  return found
}

function waitFor({ observed }: Draft, { id, declaration }: ObservedContainer): Waiting['for'] {
  const untilMs = stopUntilMs(observed, id)
  const cause = { code: 'dependant', name: fullName(declaration.name) } as const
  return untilMs === null ? cause : { ...cause, untilMs }
}
