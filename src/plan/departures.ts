import { meanings } from '../model/dependency-graph.ts'
import { type ContainerId, fullName } from '../model/identity.ts'
import type { ObservedContainer } from '../model/observed.ts'
import type { Waiting } from '../model/plan.ts'
import { containerSubject, type Draft } from './draft.ts'
import { endingContainers, stopUntilMs } from './stop-operations.ts'

/**
 * Of those that are to stop for good, those stop now on which none depends that is about to stop too: dependants first. Where
 * they depend on each other in a circle, all stop at once. One that keeps running holds nobody up.
 */
export function settleDepartures(draft: Draft, order: 'in order' | 'at once'): void {
  const { departures, observed } = draft
  if (order === 'at once') return departures.forEach(({ stop }) => stop())
  const stopping = endingContainers(observed)
  const ids = new Set(departures.map(({ container }) => container.id))
  const isLeaving = ({ id }: ObservedContainer) => ids.has(id) || stopping.has(id)
  const dependants = dependantsOf(observed.containers.filter(isLeaving))
  const holding = new Map<ContainerId, Waiting['for']>()
  for (const { container } of departures) {
    const others = dependants.get(keyOf(container, fullName(container.declaration.name))) ?? []
    const other = others.find(({ id }) => id !== container.id)
    if (other !== undefined) holding.set(container.id, waitFor(draft, other))
  }
  const isCircle = holding.size === departures.length && stopping.size === 0
  for (const { container, stop } of departures) {
    const cause = holding.get(container.id)
    if (cause === undefined || isCircle) stop()
    else draft.waiting.push({ subject: containerSubject(container), for: cause })
  }
}

function waitFor({ observed }: Draft, { id, declaration }: ObservedContainer): Waiting['for'] {
  const untilMs = stopUntilMs(observed, id)
  const cause = { code: 'dependant', name: fullName(declaration.name) } as const
  return untilMs === null ? cause : { ...cause, untilMs }
}

function dependantsOf(leaving: readonly ObservedContainer[]): ReadonlyMap<string, readonly ObservedContainer[]> {
  const pairs = leaving.flatMap(one =>
    (one.declaration.dependsOn ?? []).flatMap(need =>
      meanings(one.declaration.name, need.name).map(name => ({ key: keyOf(one, name), one })),
    ),
  )
  const grouped = Map.groupBy(pairs, ({ key }) => key)
  return new Map([...grouped].map(([key, all]) => [key, all.map(({ one }) => one)]))
}

const keyOf = ({ origin }: ObservedContainer, name: string) => `${origin.source}\0${name}`
