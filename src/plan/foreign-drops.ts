import type { Dropper, NftItem, Packet } from '../model/packet-filter.ts'
import { dropperOf } from './packet-filter.ts'

/** A way through a bridge of ours; null: any. */
export type Way = {
  readonly family: 'ipv4' | 'ipv6'
  readonly protocol: 'tcp' | 'udp'
  readonly bridge: string
  readonly outside: string | null
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
    if (found === null) return []
    const [isCertain, isPolicy] = [found.isCertain, found.handle === null]
    return [{ way: name, isCertain, isPolicy, text: dropperText(found), advice: adviceOf(items, found, way.bridge) }]
  })
}

/** What surely drops packets between two containers of one network, where bridged packets go through the rules. */
export function sameBridgeDrop(
  items: readonly NftItem[],
  ownTable: string,
  { family, protocol, bridge }: Way,
): Pick<ForeignDrop, 'text' | 'advice'> | null {
  const any = { source: null, destination: null, sourcePort: null, destinationPort: null, isPublished: false } as const
  const packet: Packet = { ...any, family, protocol, inDevice: bridge, outDevice: bridge, state: 'new' }
  const found = dropperOf(items, 'forward', packet, isOurs(ownTable))
  return found?.isCertain === true ? { text: dropperText(found), advice: adviceOf(items, found, bridge) } : null
}

/** Also another data-root's, which is about its own bridges alone. */
const isOurs =
  (ownTable: string) =>
  (table: string): boolean =>
    table === ownTable || /^reconcile-[0-9a-f]{12}$/.test(table)

type Probe = { readonly way: ForeignDrop['way']; readonly hook: 'prerouting' | 'forward'; readonly packet: Packet }

function packetsOf({ family, protocol, bridge, outside, address, port, hostPort }: Way): Probe[] {
  const any = { family, protocol, source: null, destination: null, sourcePort: null, destinationPort: null } as const
  const arriving: Packet = {
    ...any,
    inDevice: outside,
    outDevice: null,
    destinationPort: hostPort,
    state: 'new',
    isPublished: false,
  }
  const inward: Packet = {
    ...any,
    inDevice: outside,
    outDevice: bridge,
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
      packet: { ...outward, sourcePort: port, state: 'established', isPublished: true },
    },
    { way: 'out', hook: 'forward', packet: outward },
  ]
}

const dropperText = ({ family, table, chain, handle }: Dropper): string =>
  handle === null
    ? `policy drop of chain ${chain} in table ${family} ${table}`
    : `rule with handle ${handle} of chain ${chain} in table ${family} ${table} drops it`

/** In the words of whoever made these tables, so that it stays when they are made anew. */
function adviceOf(items: readonly NftItem[], { family, table, chain }: Dropper, bridge: string): string {
  const has = (name: string) => items.some(item => item.chain?.table === table && item.chain.name === name)
  const tool = family === 'ip6' ? 'ip6tables' : 'iptables'
  const both = (words: string) => `\`${words} -i ${bridge} -j ACCEPT\` and \`${words} -o ${bridge} -j ACCEPT\``
  if (table === 'firewalld')
    return `\`firewall-cmd --permanent --zone=trusted --add-interface=${bridge}\`, then --reload`
  if (has('ufw-before-forward') || has('ufw6-before-forward'))
    return `\`ufw route allow in on ${bridge}\` and \`ufw route allow out on ${bridge}\``
  if (has('DOCKER-USER')) return both(`${tool} -I DOCKER-USER`)
  if ((family === 'ip' || family === 'ip6') && table === 'filter') return both(`${tool} -I ${chain}`)
  const insert = `nft insert rule ${family} ${table} ${chain}`
  return `\`${insert} iifname ${bridge} accept\` and \`${insert} oifname ${bridge} accept\``
}
