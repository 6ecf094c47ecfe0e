import type { DesiredContainer, DesiredState, Origin } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { ObservedState } from '../model/observed.ts'
import { asDesired, byPreference, compareKeys, isReadable, isTorn } from './candidates.ts'
import { type Draft, placeOf } from './draft.ts'
import { gripOn } from './sources.ts'

/** Everything that should be there: what manifests declare, and what was last good where they can't be read. */
export function wantedContainers(desired: DesiredState, observed: ObservedState): readonly DesiredContainer[] {
  const declared = new Set(desired.containers.map(ownKey))
  const held = observed.containers
    .filter(container => gripOn(container.origin, desired) === 'held')
    .map(asDesired)
    .filter(container => !declared.has(ownKey(container)))
  return [...desired.containers, ...heldOnce(held, observed)].sort((a, b) => compareKeys(orderKey(a), orderKey(b)))
}

/** Of several records with one name the one that the planner would keep; torn ones hold nothing. */
function heldOnce(held: readonly DesiredContainer[], observed: ObservedState): DesiredContainer[] {
  const keys = [...new Set(held.map(ownKey))]
  return keys.flatMap(key => {
    const whole = observed.containers.filter(container => recordKey(container) === key).filter(notTorn)
    const readable = byPreference(whole.filter(isReadable), null)
    const chosen = readable[0] ?? whole[0]
    return chosen === undefined ? [] : [asDesired(chosen)]
  })
}

const notTorn = (container: ObservedState['containers'][number]) => !isReadable(container) || !isTorn(container)

/** One container a name: the one whose source already has it, else the first; the others are refused. */
export function settleNames(wanted: readonly DesiredContainer[], draft: Draft): DesiredContainer[] {
  const settled = new Map<string, Origin>()
  return wanted.filter(container => {
    const name = fullName(container.name)
    const owner = foreignOwner(container, draft.observed) ?? settled.get(name)
    if (owner === undefined) {
      settled.set(name, container.origin)
      return true
    }
    draft.blocked.push({
      subject: { kind: 'container', name, id: null },
      refusal: { code: 'owned-by', origin: owner },
      position: placeOf(container.origin),
    })
    return false
  })
}

const foreignOwner = (container: DesiredContainer, observed: ObservedState): Origin | undefined =>
  observed.containers.find(
    ({ declaration, origin }) =>
      fullName(declaration.name) === fullName(container.name) && origin.source !== container.origin.source,
  )?.origin

/** A name within its source. */
export const ownKey = (container: DesiredContainer): string =>
  JSON.stringify([container.origin.source, fullName(container.name)])
export const recordKey = (container: ObservedState['containers'][number]): string =>
  JSON.stringify([container.origin.source, fullName(container.declaration.name)])

const orderKey = ({ name, origin }: DesiredContainer) => [
  fullName(name),
  origin.source,
  origin.file,
  origin.line,
  origin.column,
]
