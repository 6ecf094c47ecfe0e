import type { DesiredState } from '../../model/desired.ts'
import { fullName } from '../../model/identity.ts'

/** Full names of everything that is declared. */
export const objectNames = ({ containers, volumes }: Pick<DesiredState, 'containers' | 'volumes'>): string[] => [
  ...containers.map(({ name }) => fullName(name)),
  ...volumes.map(({ name }) => name),
  ...containers.flatMap(({ spec }) => spec.image ?? []),
]
