import type { DesiredContainer, DesiredVolume, Problem } from '../../model/desired.ts'
import { fullName } from '../../model/identity.ts'
import type { Position } from '../../model/identity.ts'

type Declared = { readonly what: string; readonly origin: Position }

/** One problem for each place that declares a name which another file declares too. */
export function duplicateProblems(
  containers: readonly DesiredContainer[],
  volumes: readonly DesiredVolume[],
  textOf: (file: string) => string | null,
  display: (file: string) => string,
): Problem[] {
  const declared: Declared[] = [
    ...containers.map(({ name, origin }) => ({ what: `container "${fullName(name)}"`, origin })),
    ...volumes.map(({ name, origin }) => ({ what: `volume "${name}"`, origin })),
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
  const line = textOf(origin.file)?.split('\n')[origin.line - 1] ?? null
  const place = `${display(other.file)}:${other.line}:${other.column}`
  return {
    position: { file: origin.file, line: origin.line, column: origin.column },
    file: origin.file,
    message: `${what} is also declared at ${place}; remove or rename one of them`,
    excerpt: line === null ? null : { text: line, column: origin.column, length: wordLength(line, origin.column) },
  }
}

/** How many characters of a YAML scalar to underline. */
const wordLength = (line: string, column: number): number =>
  Math.max(1, /^[^\s,}\]#]*/.exec(line.slice(column - 1))?.[0].length ?? 1)
