import { type Endpoints, isFiltered, type NetworkRecord, type NetworkUse, type PublishedPort } from './network.ts'

/** A published port with the addresses that it leads to. */
export type LedPort = PublishedPort & { readonly ipv4: string; readonly ipv6: string | null }

/** A socket of the host that the proxy holds, and where it leads. `::` is IPv6 alone, the host's loopback included. */
export type ProxySocket = {
  readonly protocol: 'tcp' | 'udp'
  readonly hostAddress: string
  readonly hostPort: number
  readonly containerAddress: string
  readonly containerPort: number
}

type PortNetwork = Pick<NetworkRecord, 'name' | 'internal' | 'filtered'>
type Publisher = {
  readonly ports?: readonly PublishedPort[]
  readonly networks?: readonly NetworkUse[]
  readonly endpoints: Endpoints
}
export type Led = { readonly ports: LedPort[]; readonly isFiltered: boolean }

/** They lead to the first network that isn't internal and that it is on; by rules where that one has them. */
export function ledPorts(publisher: Publisher, all: readonly PortNetwork[]): Led {
  const { ports = [], networks = [], endpoints } = publisher
  const outlet = networks
    .flatMap(({ name }) => all.find(one => one.name === name && !one.internal) ?? [])
    .find(({ name }) => endpoints[name] !== undefined)
  const endpoint = endpoints[outlet?.name ?? '']
  if (outlet === undefined || endpoint === undefined) return { ports: [], isFiltered: true }
  const { ipv4, ipv6 } = endpoint
  const led = ports.map(({ protocol, hostAddress, hostPort, containerPort }) => ({
    protocol,
    hostAddress,
    hostPort,
    containerPort,
    ipv4,
    ipv6,
  }))
  return { ports: led, isFiltered: isFiltered(outlet) }
}

/**
 * What the packet filter can't lead: from the loopback of IPv6 the kernel routes nothing to a bridge, and IPv6 never comes to an
 * address of IPv4. Without a packet filter all goes by the proxy.
 */
export const proxiedPorts = (led: Led): ProxySocket[] => led.ports.flatMap(port => socketsOf(port, led.isFiltered))

function socketsOf({ protocol, hostAddress, hostPort, containerPort, ipv4, ipv6 }: LedPort, hasFilter: boolean) {
  const lead = (address: string, containerAddress: string): ProxySocket => ({
    protocol,
    hostAddress: address,
    hostPort,
    containerAddress,
    containerPort,
  })
  const any = ipv6 ?? ipv4
  if (!hasFilter && hostAddress === null) return [lead('0.0.0.0', ipv4), lead('::', any)]
  if (hostAddress === null) return [lead(ipv6 === null ? '::' : '::1', any)]
  const isIpv6 = hostAddress.includes(':')
  if (!hasFilter) return [lead(hostAddress, isIpv6 ? any : ipv4)]
  return isIpv6 && (ipv6 === null || hostAddress === '::1') ? [lead(hostAddress, any)] : []
}

/** As the proxy is told and tells: `tcp [::1]:8080 10.200.0.2:80`; ports one after the other are one text, `:8080-8089 …:80-89`. */
export function socketTexts(sockets: readonly ProxySocket[]): string[] {
  const runs: { readonly first: ProxySocket; count: number }[] = []
  for (const socket of sockets.toSorted(byPlace)) {
    const run = runs.at(-1)
    if (run !== undefined && follows(run.first, run.count, socket)) run.count += 1
    else runs.push({ first: socket, count: 1 })
  }
  return runs.map(({ first, count }) => {
    const { protocol, hostAddress, hostPort, containerAddress, containerPort } = first
    return `${protocol} ${place(hostAddress, hostPort, count)} ${place(containerAddress, containerPort, count)}`
  })
}

function byPlace(a: ProxySocket, b: ProxySocket): number {
  const key = ({ protocol, hostAddress, containerAddress }: ProxySocket) =>
    `${protocol} ${hostAddress} ${containerAddress}`
  if (key(a) !== key(b)) return key(a) < key(b) ? -1 : 1
  return a.hostPort - b.hostPort || a.containerPort - b.containerPort
}

const follows = (first: ProxySocket, count: number, next: ProxySocket): boolean =>
  first.protocol === next.protocol &&
  first.hostAddress === next.hostAddress &&
  first.containerAddress === next.containerAddress &&
  first.hostPort + count === next.hostPort &&
  first.containerPort + count === next.containerPort

const place = (address: string, port: number, count: number): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}${count === 1 ? '' : `-${port + count - 1}`}`

export type HeldPorts = {
  readonly protocol: 'tcp' | 'udp'
  readonly address: string
  readonly first: number
  readonly last: number
}

/** Where a socket's text says that it listens; null: it is none. */
export function heldPorts(text: string): HeldPorts | null {
  const parts = /^(tcp|udp) \[?([0-9a-f.:]+?)\]?:(\d+)(?:-(\d+))? /.exec(text)
  if (parts === null) return null
  const [, protocol, address = '', first, last] = parts
  return { protocol: protocol === 'udp' ? 'udp' : 'tcp', address, first: Number(first), last: Number(last ?? first) }
}
