import type { Known } from './errors.ts'
import type { LinkFault } from './network-facts.ts'
import type { PublishedPort } from './network.ts'
import type { NftItem } from './packet-filter.ts'

/** A socket in a container that waits for others. address null: all addresses */
export type InnerListener = {
  readonly protocol: 'tcp' | 'udp'
  readonly address: string | null
  readonly port: number
  /** `nginx (pid 12)` */
  readonly holder: string
}

/** A route of the host's main table, the most specific that leads to an address. device null: it leads nowhere */
export type RouteTo = { readonly destination: string; readonly device: string | null } | null

/** Who sends. anyone: other hosts where the port is published, else the members of its networks and this host */
export type Sender =
  | { readonly kind: 'anyone' }
  /** another host; address null: any. isRouted: this host knows a way back */
  | { readonly kind: 'outside'; readonly address: string | null; readonly isRouted: boolean }
  | { readonly kind: 'host' }
  | ContainerSender

export type ContainerSender = {
  readonly kind: 'container'
  readonly name: string
  /** what it does, where it doesn't run */
  readonly notRunning: string | null
  readonly isFrozen: boolean
  /** itself: it is who is asked for; network: they share one; host: through this host's address; none: there is no way */
  readonly way: 'itself' | 'network' | 'host' | 'none'
  /** all that it is on, and all that it is asked about is on; of those the ones to which others' packets may come, as no rules of ours are in their way */
  readonly networks: {
    readonly own: readonly string[]
    readonly its: readonly string[]
    readonly unfiltered: readonly string[]
  }
  /** by which network and interface it sends; null: by none */
  readonly leaves: {
    readonly network: string
    readonly bridge: string
    readonly interface: string
    readonly address: string
  } | null
  /** the address that it sends to; null: there is none */
  readonly aim: string | null
  readonly linkFaults: Known<readonly LinkFault[]>
  /** of its own table, to that address */
  readonly route: Known<RouteTo>
  /** null: it is asked for by an address */
  readonly names: SenderNames | null
  /** frames between ports of a bridge go through the rules */
  readonly filtersBridges: boolean
  /** the port of the host that is asked for leads to this one of the container, which members of its networks ask for; null: it doesn't */
  readonly insteadPort: number | null
}

/** What a container finds somebody's name by. */
export type SenderNames = {
  readonly name: string
  /** `web.shop`; null: it has no project */
  readonly withProject: string | null
  /** by name, the address of the first line that has it; unknown: the file is not readable */
  readonly hosts: Known<ReadonlyMap<string, string>>
  /** does 127.0.0.11 answer? null: not known */
  readonly isServed: boolean | null
}

/** All that the way of a packet to a port of a container depends on, as the host and the container have it now. */
export type PathFacts = {
  readonly name: string
  readonly from: Sender
  /** names of containers, by their addresses */
  readonly members: ReadonlyMap<string, string>
  /** null: that port is not published, and only members of its networks and this host may come to it */
  readonly published: PublishedPort | null
  /** it is published by the proxy. holder: who else has its port on this host; null: nobody. null: rules lead there */
  readonly proxy: { readonly isHeld: Known<boolean>; readonly holder: string | null } | null
  readonly protocol: 'tcp' | 'udp'
  readonly containerPort: number
  /** what it does, where it doesn't run: `exited (1)` */
  readonly notRunning: string | null
  readonly isFrozen: boolean
  /** its network is this host's */
  readonly sharesHost: boolean
  /** where the packet goes to; null: it is on no network that leads there */
  readonly target: {
    readonly network: string
    readonly bridge: string
    readonly interface: string
    readonly address: string
    readonly family: 'ipv4' | 'ipv6'
  } | null
  /** of the host, by its links */
  readonly hostAddresses: readonly { readonly address: string; readonly device: string }[]
  /** by which packets of other hosts come in; null: not known */
  readonly incoming: string | null
  /** all tables of nftables */
  readonly filter: Known<readonly NftItem[]>
  readonly ownTable: string
  /** tables of iptables-legacy, which nft doesn't show */
  readonly legacyTables: readonly string[]
  /** null: there is no such switch */
  readonly forwards: boolean | null
  readonly route: RouteTo
  readonly networkFaults: Known<readonly LinkFault[]>
  readonly linkFaults: Known<readonly LinkFault[]>
  readonly listeners: Known<readonly InnerListener[]>
}

/** One stage of the way. unknown: it can't be judged, or perhaps stops some packets */
export type Hop = {
  readonly at:
    | 'sender'
    | 'network'
    | 'name'
    | 'leaves'
    | 'address'
    | 'rule'
    | 'proxy'
    | 'filter'
    | 'answers'
    | 'forwarding'
    | 'route'
    | 'bridge'
    | 'process'
    | 'interface'
    | 'listener'
  readonly verdict: 'ok' | 'broken' | 'unknown'
  readonly text: string
  /** what to do; null: nothing, or nothing that can be told */
  readonly advice: string | null
}
