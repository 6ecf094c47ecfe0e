import type { DesiredContainer, DesiredState, Origin } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { ObservedContainer, ObservedState } from '../model/observed.ts'
import { asDesired, byPreference, isReadable, isTorn, named, sortedBy } from './candidates.ts'
import { type Draft, placeOf } from './draft.ts'
import { gripOn } from './sources.ts'

/** Everything that should be there: what manifests declare, and what was last good where they can't be read. */
export function wantedContainers(desired: DesiredState, observed: ObservedState): readonly DesiredContainer[] {
  const declared = new Set(desired.containers.map(ownKey))
  const held = observed.containers
    .filter(container => gripOn(container.origin, desired) === 'held')
    .filter(container => !declared.has(recordKey(container)) && notTorn(container))
  return sortedBy([...desired.containers, ...oncePerName(held)], orderKey)
}

/** Of several records with one name the one that the planner would keep. */
const oncePerName = (held: readonly ObservedContainer[]): DesiredContainer[] =>
  [...new Set(held.map(recordKey))].flatMap(key => {
    const records = held.filter(container => recordKey(container) === key)
    const chosen = byPreference(records.filter(isReadable), null, null)[0] ?? records[0]
    return chosen === undefined ? [] : [asDesired(chosen)]
  })

/** What is half made or half deleted holds nothing. */
const notTorn = (container: ObservedContainer): boolean => !isReadable(container) || !isTorn(container)

/** One container a name: the one whose source already has it, else the first; the others are refused. */
export function settleNames(wanted: readonly DesiredContainer[], draft: Draft): DesiredContainer[] {
  const settled = new Map<string, Origin>()
  return wanted.filter(container => {
    const name = fullName(container.name)
    const owner = foreignOwner(container, draft) ?? settled.get(name)
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

const foreignOwner = ({ name, origin }: DesiredContainer, draft: Draft): Origin | undefined =>
  named(draft, fullName(name)).find(other => other.origin.source !== origin.source)?.origin

/** A name within its source. */
export const ownKey = ({ origin, name }: DesiredContainer): string => keyOf(origin, fullName(name))
export const recordKey = ({ origin, declaration }: ObservedContainer): string =>
  keyOf(origin, fullName(declaration.name))
const keyOf = ({ source }: Origin, name: string) => `${source}\0${name}`

const orderKey = ({ name, origin }: DesiredContainer) => [
  fullName(name),
  origin.source,
  origin.file,
  origin.line,
  origin.column,
]
