import type { ContainerDeclaration, DesiredContainer } from '../model/desired.ts'
import type { ObservedContainer, Phase } from '../model/observed.ts'
import { sameSpec } from './changes.ts'
import type { Draft } from './draft.ts'

/** An observed container whose phase could be read. */
export type Candidate = ObservedContainer & { readonly phase: { readonly known: true; readonly value: Phase } }

export const isReadable = (container: ObservedContainer): container is Candidate => container.phase.known

export const phaseOf = (candidate: Candidate): Phase['phase'] => candidate.phase.value.phase

/** Half made or half deleted: to be cleaned away, never to be started. */
export const isTorn = (candidate: Candidate): boolean =>
  phaseOf(candidate) === 'creating' || phaseOf(candidate) === 'deleting'

export const named = ({ byName }: Draft, name: string): readonly ObservedContainer[] => byName.get(name) ?? []

/**
 * Whole containers, the one to keep first: of the wanted spec, then of the image `tagged`, then running, then with a run
 * behind it, then newest.
 */
export function byPreference(
  candidates: readonly Candidate[],
  wanted: ContainerDeclaration | null,
  tagged: string | null,
): Candidate[] {
  return sortedBy(candidates, candidate => preference(candidate, wanted, tagged))
}

const liveliness: readonly Phase['phase'][] = ['running', 'starting', 'exited', 'created', 'creating', 'deleting']

const preference = (candidate: Candidate, wanted: ContainerDeclaration | null, tagged: string | null) => [
  wanted === null || sameSpec(wanted, candidate.declaration) ? 0 : 1,
  tagged === null || candidate.image?.id === tagged ? 0 : 1,
  liveliness.indexOf(phaseOf(candidate)),
  -candidate.createdAtMs,
  candidate.id,
]

/** By lists of numbers and strings, which are made once each and compared place by place. */
export function sortedBy<T>(items: readonly T[], keyOf: (item: T) => readonly (number | string)[]): T[] {
  if (items.length < 2) return [...items]
  const keyed = items.map(item => ({ item, key: keyOf(item) }))
  return keyed.sort((a, b) => compareKeys(a.key, b.key)).map(({ item }) => item)
}

function compareKeys(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const index = a.findIndex((value, place) => value !== b[place])
  if (index < 0) return 0
  return (a[index] ?? '') < (b[index] ?? '') ? -1 : 1
}

/** A record read as if it were a manifest: its last good state. */
export const asDesired = (recorded: ObservedContainer): DesiredContainer => ({
  ...recorded.declaration,
  origin: recorded.origin,
  positions: {},
  declaresRestart: true,
})
