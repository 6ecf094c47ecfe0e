import { containerPaths, type DataRootPaths } from '../dataroot/layout/paths.ts'
import { type Known, known, unknown } from '../model/errors.ts'
import { fullName } from '../model/identity.ts'
import { isFiltered } from '../model/network.ts'
import type { ObservedContainer, ObservedNetwork, ObservedState } from '../model/observed.ts'
import type { ContainerSender, SenderNames } from '../model/packet-path.ts'
import { bridgeName } from '../model/ruleset.ts'
import { readText } from './files.ts'
import { type AskedPort, notRunning, numberAt, ofInterface, type PathSight, routeTo } from './packet-path.ts'

/** Networks of a container, in the order in which it names them. */
export function networksOf({ endpoints = {}, declaration }: ObservedContainer, { networks = [] }: ObservedState) {
  const named = (declaration.networks ?? []).map(({ name }) => name)
  return [...new Set([...named, ...Object.keys(endpoints)])].flatMap(name => {
    const endpoint = endpoints[name]
    const network = networks.find(one => one.name === name && one.id === endpoint?.networkId)
    return endpoint === undefined || network === undefined ? [] : [{ network, endpoint }]
  })
}

/** Names of networks that both are on. */
export function sharedNetworks(a: ObservedContainer, b: ObservedContainer, observed: ObservedState): string[] {
  const ofB = new Set(networksOf(b, observed).map(({ network }) => network.id))
  return networksOf(a, observed).flatMap(({ network }) => (ofB.has(network.id) ? [network.name] : []))
}

type Asked = Pick<AskedPort, 'published'> & { readonly insteadPort: number | null }

/** What a packet depends on that this container sends to the other one. */
export function readSender(
  sight: PathSight & { readonly paths: DataRootPaths },
  from: ObservedContainer,
  to: ObservedContainer,
  { published, insteadPort }: Asked,
): ContainerSender {
  const { observed, procRoot, inner } = sight
  const [own, its] = [networksOf(from, observed), networksOf(to, observed)]
  const [shared] = sharedNetworks(from, to, observed)
  const way = wayOf(from, to, own, shared, published)
  const used =
    way === 'network' ? own.find(({ network }) => network.name === shared) : (own.find(isOpen) ?? byHost(to, own))
  const aim = aimOf(way, { used: used?.network, its, shared, published })
  return {
    kind: 'container',
    name: fullName(from.declaration.name),
    notRunning: notRunning(from),
    isFrozen: from.look?.known === true && from.look.value.kernel.frozen,
    way,
    networks: {
      own: own.map(({ network }) => network.name),
      its: its.map(({ network }) => network.name),
      unfiltered: own.some(isOpen)
        ? its.filter(({ network }) => !isFiltered(network)).map(({ network }) => network.name)
        : [],
    },
    leaves:
      used === undefined
        ? null
        : {
            network: used.network.name,
            bridge: bridgeName(used.network.id),
            interface: used.endpoint.interface,
            address: used.endpoint.ipv4,
          },
    aim,
    linkFaults: ofInterface(from, used?.endpoint.interface ?? ''),
    route:
      inner?.known === true
        ? known(aim === null ? null : routeTo(inner.value, aim))
        : unknown(inner?.why ?? 'not asked'),
    names: namesFor(sight, from, to),
    filtersBridges: numberAt(procRoot, 'net/bridge/bridge-nf-call-iptables') === 1,
    insteadPort,
  }
}

type Use = ReturnType<typeof networksOf>[number]

const isOpen = ({ network }: Use): boolean => !network.internal
const sharesHost = ({ declaration }: ObservedContainer): boolean => declaration.spec.namespaces.net === 'host'

/** The host is reached from internal networks, too. */
const byHost = (to: ObservedContainer, own: readonly Use[]): Use | undefined => (sharesHost(to) ? own[0] : undefined)

function wayOf(
  from: ObservedContainer,
  to: ObservedContainer,
  own: readonly Use[],
  shared: string | undefined,
  published: AskedPort['published'],
): ContainerSender['way'] {
  if (from.id === to.id) return 'itself'
  if (shared !== undefined) return 'network'
  if (sharesHost(to)) return own.length > 0 ? 'host' : 'none'
  return published !== null && own.some(isOpen) ? 'host' : 'none'
}

type Ends = {
  readonly used: ObservedNetwork | undefined
  readonly its: readonly Use[]
  readonly shared: string | undefined
  readonly published: AskedPort['published']
}

function aimOf(way: ContainerSender['way'], { used, its, shared, published }: Ends): string | null {
  if (way === 'network') return its.find(({ network }) => network.name === shared)?.endpoint.ipv4 ?? null
  if (way !== 'host') return null
  return published?.hostAddress ?? used?.ipv4.gateway ?? null
}

/** Of whom runs: /etc/hosts as it is bound into it. */
function namesFor(
  { paths, observed: { unserved } }: { readonly paths: DataRootPaths; readonly observed: ObservedState },
  from: ObservedContainer,
  to: ObservedContainer,
): SenderNames {
  const { name, project } = to.declaration.name
  const isServed = unserved?.known === true ? !unserved.value.some(({ id }) => id === from.id) : null
  const withProject = project === null ? null : `${name}.${project}`
  return { name, withProject, hosts: readHosts(containerPaths(paths, from.id).hosts), isServed }
}

/** The first line counts, as it does for programs; names of IPv4 alone. */
function readHosts(path: string): Known<ReadonlyMap<string, string>> {
  const file = readText(path)
  if (!file.ok) return unknown(file.errno)
  const found = new Map<string, string>()
  for (const line of file.text.split('\n')) {
    const [address = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/)
    for (const name of address.includes(':') ? [] : names) if (!found.has(name)) found.set(name, address)
  }
  return known(found)
}
