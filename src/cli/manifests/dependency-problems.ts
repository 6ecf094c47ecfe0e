import { dependencyFaults } from '../../manifest/dependencies.ts'
import type { DesiredContainer, DesiredSource, Problem } from '../../model/desired.ts'
import { problemOfPlace } from './problem-of-place.ts'

/** What is wrong with dependencies once all files are read. */
export const dependencyProblems = (
  containers: readonly DesiredContainer[],
  sources: readonly DesiredSource[],
  textOf: (file: string) => string | null,
): Problem[] =>
  dependencyFaults(containers, sources).map(({ position, message }) => problemOfPlace(position, message, textOf))
