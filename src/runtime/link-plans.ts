import { createHash } from 'node:crypto'
import type { ContainerSpec } from '../model/desired.ts'
import { type AddressRange, type Endpoint, isFiltered, macOf, type NetworkRecord } from '../model/network.ts'
import type { ContainerRecord } from '../model/record.ts'
import { administersNetwork } from '../model/network-guard.ts'
import { bridgeName } from '../model/ruleset.ts'
import type { Bridge, ForwardedFamily, PlanInterface } from './network.ts'

const withLength = (address: string, { subnet }: AddressRange): string => `${address}/${subnet.split('/')[1] ?? ''}`

export const bridgeAlias = (rootId: string, networkId: string): string => `reconcile:${rootId}:network:${networkId}`

/** Ports published by rules answer on the host's loopback too; only rules keep others from there. */
export const routesLoopback = (network: Pick<NetworkRecord, 'internal' | 'filtered'>): boolean =>
  !network.internal && isFiltered(network)

export const bridgeOf = (rootId: string, network: Omit<NetworkRecord, 'version'>): Bridge => ({
  name: bridgeName(network.id),
  alias: bridgeAlias(rootId, network.id),
  mtu: network.mtu,
  addresses: [network.ipv4, network.ipv6].flatMap(range => (range === null ? [] : withLength(range.gateway, range))),
  routeLocalnet: routesLoopback(network),
})

export const forwardedBy = ({ ipv6 }: Pick<NetworkRecord, 'ipv6'>): readonly ForwardedFamily[] =>
  ipv6 === null ? ['ipv4'] : ['ipv4', 'ipv6']

/** At most 15 characters, as the kernel wants it. */
const hostLinkName = (containerId: string, networkId: string): string =>
  `rv${createHash('sha256').update(`${containerId}/${networkId}`).digest('hex').slice(0, 12)}a`

const linkAlias = (rootId: string, containerId: string, networkId: string): string =>
  `reconcile:${rootId}:container:${containerId}:${networkId}`

export const hostLinkOf = (rootId: string, containerId: string, networkId: string) => ({
  name: hostLinkName(containerId, networkId),
  alias: linkAlias(rootId, containerId, networkId),
})

type Connected = Pick<ContainerRecord, 'id' | 'endpoints'> & {
  readonly declaration: { readonly spec: Pick<ContainerSpec, 'capabilities'> }
}
type Networks = readonly Omit<NetworkRecord, 'version'>[]

/** The interfaces of a container, in the order of their names; default routes on the first one that leads outside. Endpoints of other networks than these are left out. */
export function interfacesOf(
  rootId: string,
  { id, endpoints = {}, declaration: { spec } }: Connected,
  networks: Networks,
): PlanInterface[] {
  const guarded = !administersNetwork(spec.capabilities)
  const on = Object.entries(endpoints).flatMap(([name, endpoint]) => {
    const network = networks.find(one => one.name === name && one.id === endpoint.networkId)
    return network === undefined ? [] : [{ network, endpoint }]
  })
  const sorted = on.toSorted((a, b) => indexOf(a.endpoint) - indexOf(b.endpoint))
  const outside = sorted.find(({ network }) => !network.internal)
  return sorted.map(one => ({ ...planInterface(rootId, id, one, one === outside), guarded }))
}

const indexOf = ({ interface: name }: Endpoint): number => Number(name.replace(/^eth/, ''))

type On = { readonly network: Networks[number]; readonly endpoint: Endpoint }

function planInterface(
  rootId: string,
  containerId: string,
  { network, endpoint }: On,
  isDefault: boolean,
): PlanInterface {
  const { ipv4, ipv6, interface: name } = endpoint
  const { name: hostName, alias } = hostLinkOf(rootId, containerId, network.id)
  const own6 = ipv6 === null || network.ipv6 === null ? [] : [withLength(ipv6, network.ipv6)]
  const gateways = [network.ipv4.gateway, ...(own6.length === 0 ? [] : [network.ipv6?.gateway ?? ''])]
  return {
    name,
    hostName,
    alias,
    bridge: bridgeName(network.id),
    mac: macOf(ipv4),
    mtu: network.mtu,
    addresses: [withLength(ipv4, network.ipv4), ...own6],
    gateways: isDefault ? gateways : [],
  }
}
