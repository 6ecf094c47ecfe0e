import type { DesiredSource, DesiredState } from '../../model/desired.ts'
import { fullName, type Position } from '../../model/identity.ts'
import type { ObservedState } from '../../model/observed.ts'
import type { AbsentSince } from './absence.ts'

/** The same sources, declaring nothing and meaning it: what they declared earlier goes. */
export const declaringNothing = (sources: readonly DesiredSource[]): DesiredState => ({
  sources: sources.map(source => ({ ...source, read: 'ok', badFiles: [], allowEmpty: true })),
  containers: [],
  volumes: [],
  problems: [],
  absentSinceMs: {},
})

/** Everything that is here, as absent for ever: nobody waits for a second look when told to remove. */
export const allAbsent = ({ containers, volumes, networks = [] }: ObservedState): AbsentSince =>
  Object.fromEntries([
    ...containers.map(({ declaration }) => [`container ${fullName(declaration.name)}`, 0] as const),
    ...volumes.map(({ name }) => [`volume ${name}`, 0] as const),
    ...networks.map(({ name }) => [`network ${name}`, 0] as const),
  ])

/** Whether one of these sources, as far as this command looks at it, declared what stands there. */
export const isFromSources = (
  origin: (Position & { readonly source: string }) | null,
  sources: readonly DesiredSource[],
): boolean =>
  origin !== null &&
  sources.some(({ name, scope }) => name === origin.source && (scope === 'all' || scope.includes(origin.file)))
