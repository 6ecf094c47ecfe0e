import { isDefaultNetwork } from '../../model/default-networks.ts'
import { fullName } from '../../model/identity.ts'
import { isFiltered } from '../../model/network.ts'
import type { ObservedContainer, ObservedNetwork } from '../../model/observed.ts'
import { bridgeName } from '../../model/ruleset.ts'
import { columns } from '../text/columns.ts'
import { baseName, type Show } from '../text/show.ts'

/** A network with the containers on it, and what they are there. */
export type NetworkMembers = {
  readonly network: ObservedNetwork
  readonly members: Readonly<Record<string, { readonly ipv4: string; readonly ipv6: string | null }>>
  /** those for whom the resolver, or another process of ours, doesn't do what it should */
  readonly unserved: readonly string[]
}

export const networkMembers = (
  networks: readonly ObservedNetwork[],
  containers: readonly ObservedContainer[],
): NetworkMembers[] =>
  networks.map(network => {
    const members = Object.fromEntries(membersOf(network, containers))
    const isUnserved = ({ serviceFaults }: ObservedContainer) =>
      serviceFaults?.known === true && serviceFaults.value.length > 0
    const unserved = containers.filter(isUnserved).map(({ declaration }) => fullName(declaration.name))
    return { network, members, unserved: unserved.filter(name => name in members).toSorted() }
  })

const membersOf = ({ name, id }: ObservedNetwork, containers: readonly ObservedContainer[]) =>
  byName(containers).flatMap(({ declaration, endpoints }) => {
    const own = endpoints?.[name]
    if (own === undefined || own.networkId !== id) return []
    return [[fullName(declaration.name), { ipv4: own.ipv4, ipv6: own.ipv6 }] as const]
  })

const byName = (containers: readonly ObservedContainer[]): ObservedContainer[] =>
  containers.toSorted((a, b) => (fullName(a.declaration.name) < fullName(b.declaration.name) ? -1 : 1))

const heading = ['NAME', 'SUBNET', 'BRIDGE', 'KIND', 'MEMBERS', 'SOURCE']

/** The table of `reconcile networks ls`. */
export function networksTable(uses: readonly NetworkMembers[], show: Show): string {
  const rows = uses.map(({ network: { name, id, ipv4, ipv6, origin, faults, ...network }, members, unserved }) => [
    name,
    [ipv4.subnet, ipv6?.subnet ?? ''].join(' ').trimEnd(),
    bridgeName(id),
    `${network.internal ? 'internal' : isFiltered(network) ? 'open' : 'unfiltered'}${(faults?.known === true && faults.value.length > 0) || unserved.length > 0 ? ', drifted' : ''}`,
    Object.keys(members).join(', ') || '-',
    isDefaultNetwork({ origin }) ? 'default' : `${baseName(show.display(origin.file))}:${origin.line}`,
  ])
  return columns(
    [heading, ...rows],
    heading.map(() => ({ least: 0, gap: 2 })),
  ).join('\n')
}
