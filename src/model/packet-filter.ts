/** nftables as `nft -j list ruleset` words them (libnftables-json(5)); what is not looked at is left open. */
export type NftItem = {
  readonly chain?: NftChain
  readonly rule?: NftRule
}

export type NftChain = {
  readonly family: string
  readonly table: string
  readonly name: string
  /** the next three only of a chain that the kernel calls */
  readonly type?: string
  readonly hook?: string
  readonly prio?: number
  readonly policy?: string
}

export type NftRule = {
  readonly family: string
  readonly table: string
  readonly chain: string
  readonly handle: number
  readonly expr: readonly Readonly<Record<string, unknown>>[]
}

export type Hook = 'prerouting' | 'forward' | 'input' | 'output'

/** A packet as rules see it; null: any. */
export type Packet = {
  readonly family: 'ipv4' | 'ipv6'
  readonly protocol: 'tcp' | 'udp'
  readonly inDevice: string | null
  /** null before it is routed, too */
  readonly outDevice: string | null
  readonly source: string | null
  readonly destination: string | null
  readonly sourcePort: number | null
  readonly destinationPort: number | null
  readonly state: 'new' | 'established'
  /** it came to a published port, or answers one that did */
  readonly isPublished: boolean
}

/** What throws a packet away: a rule, or (handle null) the policy of a chain. */
export type Dropper = {
  readonly family: string
  readonly table: string
  readonly chain: string
  readonly handle: number | null
  /** false: one of its conditions can't be judged from here, or an earlier rule might have let the packet through */
  readonly isCertain: boolean
}
