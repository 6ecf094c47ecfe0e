import type { Endpoints, PublishedPort } from '../../model/network.ts'
import { noFilterCure } from '../../model/network-facts.ts'
import { portText } from '../../model/network.ts'
import type { AddressFault, Notice, Refusal } from '../../model/plan.ts'

export type NetworkRefusal = Extract<
  Refusal,
  {
    readonly code:
      | 'subnet-taken'
      | 'subnets-exhausted'
      | 'no-filter'
      | 'no-bridges'
      | 'network-used'
      | 'network-undeclared'
      | 'address'
      | 'addresses-exhausted'
      | 'port-taken'
      | 'port-unreachable'
  }
>

/** Why a network, an address or a port can't be had. */
export function networkRefusalText(refusal: NetworkRefusal): string {
  switch (refusal.code) {
    case 'subnet-taken':
      return `subnet ${refusal.subnet} overlaps ${refusal.by}`
    case 'subnets-exhausted':
      return 'no subnet of 10.200.0.0/13 is free'
    case 'no-bridges':
      return `no networks here: ${refusal.why}`
    case 'no-filter':
      return `no packet filter: ${refusal.why}; ${refusal.setting} is 1, so networks would reach one another`
    case 'network-used':
      return `still used by ${refusal.by}`
    case 'network-undeclared':
      return `its network ${refusal.network} is not declared here, or was refused`
    case 'address':
      return `address ${refusal.address} on network ${refusal.network} ${addressFaultText(refusal.why)}`
    case 'addresses-exhausted':
      return `all addresses of network ${refusal.network} (${refusal.subnet}) are taken`
    case 'port-taken':
      return `port ${refusal.port} is taken by ${refusal.by}`
    case 'port-unreachable':
      return refusal.why === undefined
        ? 'its ports are published, and all its networks are internal'
        : `its ports can't be published: ${refusal.why}`
  }
}

function addressFaultText(why: AddressFault): string {
  switch (why.kind) {
    case 'outside':
      return `is no address for a host in ${why.subnet}`
    case 'family':
      return 'needs subnet6, which the network has not'
    case 'gateway':
      return 'is its gateway'
    case 'taken':
      return `is taken by ${why.by}`
  }
}

export function networkWayOut(refusal: NetworkRefusal): string {
  switch (refusal.code) {
    case 'subnet-taken':
      return 'choose another subnet, or leave it out and a free one is chosen'
    case 'subnets-exhausted':
      return 'write a subnet'
    case 'no-bridges':
      return 'networks need a kernel with bridges (CONFIG_BRIDGE), and NET_ADMIN for `reconcile`'
    case 'no-filter':
      return noFilterCure(refusal.setting)
    case 'network-used':
      return `take ${refusal.by} off it first`
    case 'network-undeclared':
      return `declare a document of kind Network named ${refusal.network}`
    case 'address':
      return 'choose another address, or leave it out and a free one is chosen'
    case 'addresses-exhausted':
      return 'declare a larger subnet'
    case 'port-taken':
      return 'publish another port, or stop what has it'
    case 'port-unreachable':
      return refusal.why === undefined
        ? 'add a network that is not internal, or remove the ports'
        : 'put that right, name a network, or remove the ports'
  }
}

/** `8080/tcp on ALL addresses -> 80`: nobody should publish to the world without knowing. */
export const publishedText = (port: PublishedPort): string =>
  `${portText(port)}${port.hostAddress === null ? ' on ALL addresses' : ''} -> ${port.containerPort}`

/** `8080->80/tcp`, as in tables */
export const shortPort = (port: PublishedPort): string => portText(port).replace('/', `->${port.containerPort}/`)

/** `eth0 10.200.0.2 on shop` */
export const endpointsText = (endpoints: Endpoints): string =>
  Object.entries(endpoints)
    .map(
      ([network, { interface: name, ipv4, ipv6 }]) =>
        `${name} ${[ipv4, ipv6].filter(text => text !== null).join(' ')} on ${network}`,
    )
    .sort()
    .join(', ') || 'no network'

/** Two cells: what a network is without, and why. */
export function withoutFilterTexts({ lacks, why }: NonNullable<Notice['withoutFilter']>): [string, string] {
  if (lacks === 'isolation') return ['no packet filter', `${why}, so networks reach one another`]
  const outcome = `${why}: its containers reach no other hosts`
  return lacks === 'forwarding' ? ['no forwarding', outcome] : ['no packet filter', `${outcome}; ports by the proxy`]
}
