import type { ContainerDeclaration, DesiredContainer } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { ObservedContainer, ObservedState, Phase } from '../model/observed.ts'
import { sameSpec } from './changes.ts'

/** An observed container whose phase could be read. */
export type Candidate = ObservedContainer & { readonly phase: { readonly known: true; readonly value: Phase } }

export const isReadable = (container: ObservedContainer): container is Candidate => container.phase.known

export const phaseOf = (candidate: Candidate): Phase['phase'] => candidate.phase.value.phase

/** Half made or half deleted: to be cleaned away, never to be started. */
export const isTorn = (candidate: Candidate): boolean =>
  phaseOf(candidate) === 'creating' || phaseOf(candidate) === 'deleting'

export const named = (observed: ObservedState, name: string): readonly ObservedContainer[] =>
  observed.containers.filter(container => fullName(container.declaration.name) === name)

/**
 * Whole containers, the one to keep first: of the wanted spec, then of the image `tagged`, then running, then with a run
 * behind it, then newest.
 */
export function byPreference(
  candidates: readonly Candidate[],
  wanted: ContainerDeclaration | null,
  tagged: string | null,
): Candidate[] {
  const keys = candidates.map(candidate => ({ candidate, key: preference(candidate, wanted, tagged) }))
  return keys.sort((a, b) => compareKeys(a.key, b.key)).map(({ candidate }) => candidate)
}

const liveliness: readonly Phase['phase'][] = ['running', 'starting', 'exited', 'created', 'creating', 'deleting']

const preference = (candidate: Candidate, wanted: ContainerDeclaration | null, tagged: string | null) => [
  wanted === null || sameSpec(wanted, candidate.declaration) ? 0 : 1,
  tagged === null || candidate.image?.id === tagged ? 0 : 1,
  liveliness.indexOf(phaseOf(candidate)),
  -candidate.createdAtMs,
  candidate.id,
]

/** Compares lists of numbers and strings, place by place. */
export function compareKeys(a: readonly (number | string)[], b: readonly (number | string)[]): number {
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
