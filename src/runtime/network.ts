import type { Failure } from '../model/errors.ts'

/** An end in the container, and one on the host that is a port of a bridge. */
export type PlanInterface = {
  readonly name: string
  readonly hostName: string
  /** of the host's end: `reconcile:<rootId>:…`, by which it is known as ours */
  readonly alias: string
  readonly bridge: string
  readonly mac: string
  readonly mtu: number
  /** with prefix lengths; without an IPv6 one the interface has no IPv6 at all */
  readonly addresses: readonly string[]
  /** of default routes */
  readonly gateways: readonly string[]
  /** its bridge takes only frames that say its own MAC and addresses; absent = false */
  readonly guarded?: boolean
}

export type Bridge = {
  readonly name: string
  /** as that of an interface */
  readonly alias: string
  readonly mac?: string
  readonly mtu: number
  /** exactly these, with prefix lengths */
  readonly addresses: readonly string[]
  /** packets from 127.0.0.0/8 may leave through it; absent = false */
  readonly routeLocalnet?: boolean
}

export type ForwardedFamily = 'ipv4' | 'ipv6'

export type SeenLink = {
  readonly index: number
  readonly name: string
  readonly alias: string | null
  /** `bridge`, `veth`, …; null: a device or the loopback */
  readonly kind: string | null
  readonly mac: string | null
  readonly mtu: number
  readonly up: boolean
  /** the bridge whose port it is */
  readonly master: string | null
  /** the index that a veth's other end has where it is */
  readonly peer: number | null
  /** of a bridge's port: it sends out frames by which they came, too; null: it is none */
  readonly hairpin: boolean | null
  /** its switches; null: this kernel has no IPv6 */
  readonly ipv6: { readonly disabled: boolean; readonly acceptRa: number } | null
  /** of a bridge's port: what comes by it must say its own addresses; null: it is none, or this kernel can't */
  readonly guarded: boolean | null
  /** with prefix lengths; without the kernel's own (fe80::) */
  readonly addresses: readonly string[]
}

export type SeenRoute = {
  /** `0.0.0.0/0` is the default one */
  readonly destination: string
  readonly via: string | null
  readonly device: string | null
  /** 254 is the main one */
  readonly table: number
}

/** At most 4096 of each: a container may make many. */
export type SeenNetwork = { readonly links: readonly SeenLink[]; readonly routes: readonly SeenRoute[] }

/** A running container whose names the resolver answers from a file. */
export type NamedRun = {
  readonly containerId: string
  readonly pid: number
  readonly startTicks: string
  readonly names: string
}

/** Whom the resolver of this data-root answers. `version` null: there is none. One of an older build serves nobody. */
export type SeenResolver = {
  readonly version: number | null
  readonly served: readonly Omit<NamedRun, 'names'>[]
  /** the pid of one that is there and doesn't answer; missing = none is */
  readonly silent?: number
}

/** A running container for which the proxy holds sockets of the host. */
export type ProxiedProcess = {
  readonly containerId: string
  readonly pid: number
  readonly startTicks: string
  /** as `socketTexts` writes them */
  readonly sockets: readonly string[]
}

/** What the proxy of this data-root holds. `version` as of the resolver; `missing`: why some sockets aren't held. */
export type SeenProxy = {
  readonly version: number | null
  readonly served: readonly (ProxiedProcess & { readonly missing: readonly string[] })[]
  readonly silent?: number
}

export type SeenNetworks = {
  readonly host: SeenNetwork | null
  /** by container id; E_GONE: the process is no more */
  readonly containers: Readonly<Record<string, SeenNetwork | { readonly error: Failure }>>
}
