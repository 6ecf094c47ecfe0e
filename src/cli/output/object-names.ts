import type { DesiredState } from '../../model/desired.ts'
import { fullName } from '../../model/identity.ts'

/** Full names of everything that is declared. */
export const objectNames = ({
  containers,
  volumes,
  networks = [],
}: Pick<DesiredState, 'containers' | 'volumes' | 'networks'>): string[] => [
  ...containers.map(({ name }) => fullName(name)),
  ...volumes.map(({ name }) => name),
  ...networkNames(networks),
  ...containers.flatMap(({ spec }) => spec.image ?? []),
]

/** The packet filter has lines of its own. */
export const networkNames = (networks: readonly { readonly name: string }[]): string[] =>
  networks.length === 0 ? [] : [...networks.map(({ name }) => name), 'nftables']
