import type { Position, SourceName } from './identity.ts'

type Origin = Position & { readonly source: SourceName }

/** Texts as `prefixText` and `addressText` write them. */
export type AddressRange = { readonly subnet: string; readonly gateway: string }

type NetworkSettings = {
  readonly labels: Readonly<Record<string, string>>
  /** what leaves for other hosts gets the address of this one */
  readonly masquerade: boolean
  /** nothing leaves, and nothing comes in */
  readonly internal: boolean
  readonly mtu: number
  /** no rules of ours for it: whoever declared that filters by themselves. Missing: filtered */
  readonly filtered?: boolean
}

export const isFiltered = ({ filtered }: Pick<NetworkSettings, 'filtered'>): boolean => filtered !== false

export type DesiredNetwork = NetworkSettings & {
  readonly name: string
  /** null: the plan chooses one */
  readonly ipv4: AddressRange | null
  /** null: none */
  readonly ipv6: AddressRange | null
  readonly origin: Origin
  /** dotted path below the document → where it stands */
  readonly positions: Readonly<Record<string, Position>>
}

/** Our own record of a network, `reconcile/networks/<name>.json`. */
export type NetworkRecord = NetworkSettings & {
  readonly version: 1
  /** 64 hex digits; its bridge is named after them */
  readonly id: string
  readonly name: string
  readonly ipv4: AddressRange
  readonly ipv6: AddressRange | null
  readonly origin: Origin
}

/** A network that a container is on, as declared. */
export type NetworkUse = {
  readonly name: string
  readonly aliases: readonly string[]
  /** null: the plan chooses */
  readonly address: string | null
  readonly address6: string | null
}

export type PublishedPort = {
  readonly protocol: 'tcp' | 'udp'
  /** null: all addresses of the host */
  readonly hostAddress: string | null
  readonly hostPort: number
  readonly containerPort: number
}

/** `address`: an address, or `host-gateway`, the host as the container's first network reaches it */
export type ExtraHost = { readonly name: string; readonly address: string }

/** `container`: as written, `db` or `shop/db`. Another name of it, known to who has the link alone. */
export type Link = { readonly container: string; readonly alias: string }

/** What a container has on a network; kept in its record, so that it stays over restarts. */
export type Endpoint = {
  readonly networkId: string
  /** `eth0` */
  readonly interface: string
  readonly ipv4: string
  readonly ipv6: string | null
}
export type Endpoints = Readonly<Record<string, Endpoint>>

/** `8080/tcp`, `127.0.0.1:8080/udp`, `[::1]:8080/tcp` */
export const portText = ({ protocol, hostAddress, hostPort }: Omit<PublishedPort, 'containerPort'>): string =>
  `${addressPart(hostAddress)}${hostPort}/${protocol}`

const addressPart = (address: string | null): string =>
  address === null ? '' : address.includes(':') ? `[${address}]:` : `${address}:`

/** Both would answer on the same port of some address. */
export const samePort = (a: Omit<PublishedPort, 'containerPort'>, b: Omit<PublishedPort, 'containerPort'>): boolean =>
  a.protocol === b.protocol &&
  a.hostPort === b.hostPort &&
  (a.hostAddress === null || b.hostAddress === null || a.hostAddress === b.hostAddress)

/** As Docker makes them of an address: it stays over restarts with it. */
export const macOf = (ipv4: string): string =>
  ['02', '42', ...ipv4.split('.').map(octet => Number(octet).toString(16).padStart(2, '0'))].join(':')
