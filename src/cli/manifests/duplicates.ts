import type { Problem } from '../../model/desired.ts'
import type { ReadManifests } from '../../manifest/read.ts'
import { fullName } from '../../model/identity.ts'
import type { Position } from '../../model/identity.ts'
import { problemOfPlace } from './problem-of-place.ts'

type Declared = { readonly what: string; readonly origin: Position }

/** One problem for each place that declares a name which another file declares too. */
export function duplicateProblems(
  { containers, volumes, networks }: Pick<ReadManifests, 'containers' | 'volumes' | 'networks'>,
  textOf: (file: string) => string | null,
  display: (file: string) => string,
): Problem[] {
  const declared: Declared[] = [
    ...containers.map(({ name, origin }) => ({ what: `container "${fullName(name)}"`, origin })),
    ...volumes.map(({ name, origin }) => ({ what: `volume "${name}"`, origin })),
    ...networks.map(({ name, origin }) => ({ what: `network "${name}"`, origin })),
  ]
  const groups = Map.groupBy(declared, ({ what }) => what)
  return [...groups.values()].flatMap(group =>
    group.flatMap(one => {
      const other = group.find(candidate => candidate.origin.file !== one.origin.file)
      return other === undefined ? [] : [duplicateProblem(one, other.origin, textOf, display)]
    }),
  )
}

function duplicateProblem(
  { what, origin }: Declared,
  other: Position,
  textOf: (file: string) => string | null,
  display: (file: string) => string,
): Problem {
  const place = `${display(other.file)}:${other.line}:${other.column}`
  return problemOfPlace(origin, `${what} is also declared at ${place}; remove or rename one of them`, textOf)
}
