import { contains, parseAddress } from '../model/address.ts'
import { exitCode, type ObservedContainer, type ObservedState } from '../model/observed.ts'
import { fullName } from '../model/identity.ts'
import { type Known, known, unknown } from '../model/errors.ts'
import type { LinkFault } from '../model/network-facts.ts'
import { prefixOf } from '../model/network-pool.ts'
import type { NftItem } from '../model/packet-filter.ts'
import type { InnerListener, PathFacts, RouteTo, Sender } from '../model/packet-path.ts'
import { bridgeName } from '../model/ruleset.ts'
import { tableName } from '../runtime/nft-rules.ts'
import type { SeenNetwork } from '../runtime/network.ts'
import { readText } from './files.ts'
import { holdersOf, socketsOf, socketTables } from './host-ports.ts'
import { proxyOf } from './path-proxy.ts'

/** What a look at a way needs: what was observed (links and forwarding, too), and the host's links and rules. */
export type PathSight = {
  readonly procRoot: string
  readonly rootId: string
  readonly observed: ObservedState
  readonly host: Known<SeenNetwork>
  readonly rules: Known<readonly NftItem[]>
  readonly hasFilter: boolean
  /** of the container that sends; missing: none does */
  readonly inner?: Known<SeenNetwork>
}

export type AskedPort = Pick<PathFacts, 'name' | 'published' | 'protocol' | 'containerPort'>

/** The facts of the way to a port of a container, by `network` if it is given. */
export function readPath(
  sight: PathSight,
  container: ObservedContainer,
  asked: AskedPort,
  { from, network: by = null }: { readonly from: Sender; readonly network?: string | null },
): PathFacts {
  const { procRoot, rootId, observed, host, rules } = sight
  const pid = pidOf(container)
  const target = targetOf(container, observed, asked, { from, by })
  const network = observed.networks?.find(({ name }) => name === target?.network)
  const seen = host.known ? host.value : { links: [], routes: [] }
  return {
    ...asked,
    from,
    members: membersOf(observed),
    notRunning: notRunning(container),
    isFrozen: container.look?.known === true && container.look.value.kernel.frozen,
    sharesHost: container.declaration.spec.namespaces.net === 'host',
    target,
    proxy: proxyOf(sight, network, container, asked),
    hostAddresses: seen.links.flatMap(({ name, addresses }) =>
      addresses.map(address => ({ address: address.split('/')[0] ?? '', device: name })),
    ),
    incoming: incomingFor(from, seen, observed),
    filter: rules,
    ownTable: tableName(rootId),
    legacyTables: legacyTables(procRoot),
    forwards: switchAt(procRoot, target?.family === 'ipv6' ? 'net/ipv6/conf/all/forwarding' : 'net/ipv4/ip_forward'),
    route: target === null ? null : routeTo(seen, target.address),
    networkFaults: network?.faults ?? unknown('links were not looked at'),
    linkFaults: ofInterface(container, target?.interface ?? ''),
    listeners: pid === null ? unknown('it does not run') : known(listenersOf(procRoot, pid)),
  }
}

/** Who has which address. */
const membersOf = ({ containers }: ObservedState): ReadonlyMap<string, string> =>
  new Map(
    containers.flatMap(({ declaration, endpoints = {} }) =>
      Object.values(endpoints).flatMap(({ ipv4, ipv6 }) =>
        [ipv4, ipv6].flatMap(address => (address === null ? [] : [[address, fullName(declaration.name)] as const])),
      ),
    ),
  )

/** By which link of the host the packets come in. */
function incomingFor(from: Sender, seen: SeenNetwork, observed: ObservedState): string | null {
  if (from.kind === 'container') return from.leaves?.bridge ?? null
  const back = from.kind === 'outside' && from.address !== null ? routeTo(seen, from.address) : null
  return back?.device ?? incomingOf(seen, observed)
}

/** Tables of iptables-legacy: they are beside nftables, which shows nothing of them. */
export function legacyTables(procRoot: string): string[] {
  return ['ip_tables_names', 'ip6_tables_names'].flatMap(name => {
    const file = readText(`${procRoot}/net/${name}`)
    return file.ok ? file.text.split('\n').filter(line => line !== '') : []
  })
}

/** Of `net/ipv4/ip_forward`; null: this kernel has it not. */
export function numberAt(procRoot: string, path: string): number | null {
  const file = readText(`${procRoot}/sys/${path}`)
  return file.ok ? Number(file.text) : null
}

function switchAt(procRoot: string, path: string): boolean | null {
  const value = numberAt(procRoot, path)
  return value === null ? null : value !== 0
}

const pidOf = ({ phase }: ObservedContainer): number | null =>
  phase.known && phase.value.phase === 'running' ? phase.value.process.pid : null

export function notRunning({ phase }: ObservedContainer): string | null {
  if (!phase.known) return phase.why
  if (phase.value.phase === 'running') return null
  return phase.value.phase === 'exited' ? `exited (${exitCode(phase.value.exit) ?? 'unknown'})` : phase.value.phase
}

/** As published ports are led: its first network that isn't internal; what is not published may be asked for on any. */
function targetOf(
  { endpoints = {}, declaration: { networks: uses = [] } }: ObservedContainer,
  { networks = [] }: ObservedState,
  { published }: AskedPort,
  { from, by }: { readonly from: Sender; readonly by: string | null },
): PathFacts['target'] {
  const names = by === null ? [...new Set([...uses.map(({ name }) => name), ...Object.keys(endpoints)])] : [by]
  const sent = published?.hostAddress ?? (from.kind === 'outside' ? from.address : null)
  const family = sent?.includes(':') === true ? 'ipv6' : 'ipv4'
  for (const name of names) {
    const endpoint = endpoints[name]
    const network = networks.find(one => one.name === name && one.id === endpoint?.networkId)
    if (endpoint === undefined || network === undefined || (published !== null && network.internal)) continue
    const address = family === 'ipv6' ? endpoint.ipv6 : endpoint.ipv4
    if (address === null) return null
    return { network: name, bridge: bridgeName(network.id), interface: endpoint.interface, address, family }
  }
  return null
}

/** The link of the default route, else one with an address that is neither the loopback nor ours. */
export function incomingOf(
  { links, routes }: SeenNetwork,
  { networks = [] }: Pick<ObservedState, 'networks'>,
): string | null {
  const byDefault = routes.find(({ destination, device }) => destination === '0.0.0.0/0' && device !== null)?.device
  if (byDefault !== undefined) return byDefault
  const own = new Set(networks.map(({ id }) => bridgeName(id)))
  const other = links.find(({ name, up, addresses }) => up && name !== 'lo' && addresses.length > 0 && !own.has(name))
  return other?.name ?? null
}

const mainTable = 254

export function routeTo({ routes }: SeenNetwork, address: string): RouteTo {
  const to = parseAddress(address)
  if (to === null) return null
  const fitting = routes.filter(({ destination, table }) => table === mainTable && contains(prefixOf(destination), to))
  const [best] = fitting.toSorted((a, b) => prefixOf(b.destination).length - prefixOf(a.destination).length)
  return best === undefined ? null : { destination: best.destination, device: best.device }
}

export function ofInterface({ linkFaults }: ObservedContainer, name: string): Known<readonly LinkFault[]> {
  if (linkFaults === undefined) return unknown('links were not looked at')
  return linkFaults.known ? known(linkFaults.value.filter(({ field }) => field.split(' ')[0] === name)) : linkFaults
}

function listenersOf(procRoot: string, pid: number): InnerListener[] {
  const sockets = socketTables.flatMap(([file, protocol]) => socketsOf(`${procRoot}/${pid}/net/${file}`, protocol))
  const holders = holdersOf(procRoot, new Set(sockets.map(({ inode }) => inode)))
  // those of the resolver are in its namespace, and none of its own
  const own = sockets.filter(({ hostAddress }) => hostAddress !== '127.0.0.11')
  return own.map(({ protocol, hostAddress, hostPort, inode }) => ({
    protocol,
    address: hostAddress,
    port: hostPort,
    holder: holders.get(inode) ?? 'a program in it',
  }))
}
