import type { Dropper, NftItem, Packet } from '../model/packet-filter.ts'
import { dropperOf } from './packet-filter.ts'

/** A way through a bridge of ours; null: any. */
export type Way = {
  readonly family: 'ipv4' | 'ipv6'
  readonly protocol: 'tcp' | 'udp'
  readonly bridge: string
  readonly outside: string | null
  /** who sends; missing or null: anybody */
  readonly peer?: string | null
  readonly address: string | null
  readonly port: number | null
  /** of the host, before it leads to a container; null: not published */
  readonly hostPort: number | null
}

/** What another table does to it. `in`: packets to a container; `answer`: what answers them; `out`: what a container asks for */
export type ForeignDrop = {
  readonly way: 'in' | 'answer' | 'out'
  readonly isCertain: boolean
  /** of a chain, not one rule */
  readonly isPolicy: boolean
  readonly text: string
  readonly advice: string
}

/** Rules and policies of others that throw away what goes to a published port, its answers, or what a container sends out. */
export function foreignDrops(items: readonly NftItem[], ownTable: string, way: Way): ForeignDrop[] {
  return packetsOf(way).flatMap(({ way: name, hook, packet }): ForeignDrop[] => {
    const found = dropperOf(items, hook, packet, isOurs(ownTable))
    return found === null ? [] : [dropOf(name, found, adviceOf(items, found, way.bridge))]
  })
}

/** What surely drops packets between two containers of one network, where bridged packets go through the rules. */
export function sameBridgeDrop(
  items: readonly NftItem[],
  ownTable: string,
  { family, protocol, bridge }: Way,
): Pick<ForeignDrop, 'text' | 'advice'> | null {
  const packet: Packet = { ...between(bridge), ...noPlace, family, protocol, state: 'new', isPublished: false }
  const found = dropperOf(items, 'forward', packet, isOurs(ownTable))
  return found?.isCertain === true ? { text: dropperText(found), advice: adviceOf(items, found, bridge) } : null
}

const noPlace = { source: null, destination: null, sourcePort: null, destinationPort: null } as const
const between = (bridge: string) => ({ inDevice: bridge, outDevice: bridge })

/** The same of a port of one of them, asked for by another one: what surely or perhaps drops the question or its answer. */
export function bridgedDrops(items: readonly NftItem[], ownTable: string, way: Way): ForeignDrop[] {
  const { bridge, family, protocol, peer = null, address, port } = way
  const any = { ...between(bridge), ...noPlace, family, protocol, isPublished: false }
  const packets = [
    ['in', { ...any, source: peer, destination: address, destinationPort: port, state: 'new' }],
    ['answer', { ...any, source: address, destination: peer, sourcePort: port, state: 'established' }],
  ] as const
  return packets.flatMap(([name, packet]) => {
    const found = dropperOf(items, 'forward', packet, isOurs(ownTable))
    return found === null ? [] : [dropOf(name, found, adviceOf(items, found, bridge))]
  })
}

/** Between a bridge and programs of the host: what drops a packet in this direction, or its answer. */
export function localDrops(
  items: readonly NftItem[],
  ownTable: string,
  direction: 'from-host' | 'to-host',
  { bridge, family, protocol, peer = null, address, port, hostPort }: Way,
): ForeignDrop[] {
  const any = { ...noPlace, family, protocol, isPublished: hostPort !== null }
  const into = { ...any, inDevice: bridge, outDevice: null }
  const out = { ...any, inDevice: null, outDevice: bridge }
  const to = { source: peer, destination: address, destinationPort: port, state: 'new' } as const
  const back = { source: address, destination: peer, sourcePort: port, state: 'established' } as const
  const packets =
    direction === 'from-host'
      ? ([
          ['in', 'output', { ...out, ...to }],
          ['answer', 'input', { ...into, ...back }],
        ] as const)
      : ([
          ['in', 'input', { ...into, ...to }],
          ['answer', 'output', { ...out, ...back }],
        ] as const)
  return packets.flatMap(([name, hook, packet]) => {
    const found = dropperOf(items, hook, packet, isOurs(ownTable))
    return found === null ? [] : [dropOf(name, found, localAdvice(items, found, hook, bridge))]
  })
}

const dropOf = (way: ForeignDrop['way'], found: Dropper, advice: string): ForeignDrop => ({
  way,
  isCertain: found.isCertain,
  isPolicy: found.handle === null,
  text: dropperText(found),
  advice,
})

/** Also another data-root's, which is about its own bridges alone. */
const isOurs =
  (ownTable: string) =>
  (table: string): boolean =>
    table === ownTable || /^reconcile-[0-9a-f]{12}$/.test(table)

type Probe = { readonly way: ForeignDrop['way']; readonly hook: 'prerouting' | 'forward'; readonly packet: Packet }

function packetsOf({ family, protocol, bridge, outside, peer = null, address, port, hostPort }: Way): Probe[] {
  const any = { family, protocol, ...noPlace } as const
  const arriving: Packet = {
    ...any,
    inDevice: outside,
    outDevice: null,
    source: peer,
    destinationPort: hostPort,
    state: 'new',
    isPublished: false,
  }
  const inward: Packet = {
    ...any,
    inDevice: outside,
    outDevice: bridge,
    source: peer,
    destination: address,
    destinationPort: port,
    state: 'new',
    isPublished: true,
  }
  const outward: Packet = {
    ...any,
    inDevice: bridge,
    outDevice: outside,
    source: address,
    state: 'new',
    isPublished: false,
  }
  return [
    ...(hostPort === null ? [] : [{ way: 'in', hook: 'prerouting', packet: arriving } as const]),
    { way: 'in', hook: 'forward', packet: inward },
    {
      way: 'answer',
      hook: 'forward',
      packet: { ...outward, destination: peer, sourcePort: port, state: 'established', isPublished: true },
    },
    { way: 'out', hook: 'forward', packet: outward },
  ]
}

const dropperText = ({ family, table, chain, handle }: Dropper): string =>
  handle === null
    ? `policy drop of chain ${chain} in table ${family} ${table}`
    : `rule with handle ${handle} of chain ${chain} in table ${family} ${table} drops it`

const hasChain = (items: readonly NftItem[], table: string, names: readonly string[]): boolean =>
  items.some(({ chain }) => chain?.table === table && names.includes(chain.name))

const trusted = (bridge: string): string =>
  `\`firewall-cmd --permanent --zone=trusted --add-interface=${bridge}\`, then --reload`

/** In the words of whoever made these tables, so that it stays when they are made anew. */
function adviceOf(items: readonly NftItem[], { family, table, chain }: Dropper, bridge: string): string {
  const has = (...names: string[]) => hasChain(items, table, names)
  const tool = family === 'ip6' ? 'ip6tables' : 'iptables'
  const both = (words: string) => `\`${words} -i ${bridge} -j ACCEPT\` and \`${words} -o ${bridge} -j ACCEPT\``
  if (table === 'firewalld') return trusted(bridge)
  if (has('ufw-before-forward', 'ufw6-before-forward'))
    return `\`ufw route allow in on ${bridge}\` and \`ufw route allow out on ${bridge}\``
  if (has('DOCKER-USER')) return both(`${tool} -I DOCKER-USER`)
  if ((family === 'ip' || family === 'ip6') && table === 'filter') return both(`${tool} -I ${chain}`)
  const insert = `nft insert rule ${family} ${table} ${chain}`
  return `\`${insert} iifname ${bridge} accept\` and \`${insert} oifname ${bridge} accept\``
}

/** Of one direction: a program of the host has no second link. */
function localAdvice(
  items: readonly NftItem[],
  { family, table, chain }: Dropper,
  hook: 'input' | 'output',
  bridge: string,
): string {
  const [flag, key, word] = hook === 'input' ? (['-i', 'iifname', 'in'] as const) : (['-o', 'oifname', 'out'] as const)
  if (table === 'firewalld') return trusted(bridge)
  if (hasChain(items, table, ['ufw-before-input', 'ufw6-before-input'])) return `\`ufw allow ${word} on ${bridge}\``
  const tool = family === 'ip6' ? 'ip6tables' : 'iptables'
  if ((family === 'ip' || family === 'ip6') && table === 'filter')
    return `\`${tool} -I ${chain} ${flag} ${bridge} -j ACCEPT\``
  return `\`nft insert rule ${family} ${table} ${chain} ${key} ${bridge} accept\``
}
