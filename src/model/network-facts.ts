import type { PublishedPort } from './network.ts'

/** A subnet that something else than our networks uses. `by`: `route via eth0` */
export type ObservedSubnet = {
  readonly subnet: string
  readonly by: string
  /** a router stands before it: a part of it may be on this host all the same */
  readonly isBehindRouter: boolean
}

/** A process of the host that has a port. `holder`: `nginx (pid 12)` */
export type Listener = Omit<PublishedPort, 'containerPort'> & { readonly holder: string }

/** What stands for the packet filter on a host that has none. */
export type NoFilter = {
  /** `the program nft is missing (package nftables)` */
  readonly why: string
  /** the switch that is on, by which packets of a network would go on to others; null: none is */
  readonly forwards: { readonly ipv4: string | null; readonly ipv6: string | null }
}

/** What lets networks be had on it all the same. */
export const noFilterCure = (setting: string): string =>
  `install nftables; or \`sysctl -w ${setting}=0\` if nothing else needs it; or \`firewall: none\` accepts that`

/** One fact of links, addresses, routes or switches of ours in which the kernel differs from what is recorded. */
export type LinkFault = {
  /** `eth0 address`, `rc-0123456789ab mtu`, `net.ipv4.ip_forward` */
  readonly field: string
  readonly desired: string
  readonly kernel: string
  /** the same as words: `eth0 lacks 10.200.0.2/24` */
  readonly text: string
}
