import type { NftItem } from '../model/packet-filter.ts'
import type { Hop, PathFacts } from '../model/packet-path.ts'
import { bridgedDrops, type ForeignDrop, foreignDrops, localDrops, type Way } from './foreign-drops.ts'
import { broken, forwardingHop, ok, type Target, unsure } from './path-hops.ts'

/** How it is led on from one link of the host to another one. */
export const forwardedHops = (facts: PathFacts, target: Target): Hop[] => [
  ...(facts.filter.known
    ? dropHops(facts, foreignDrops(facts.filter.value, facts.ownTable, wayTo(facts, target)), 'FORWARD')
    : []),
  forwardingHop(facts),
]

/** Between a bridge and the host's own programs. */
export function localHops(facts: PathFacts, direction: 'from-host' | 'to-host', target: Target): Hop[] {
  if (!facts.filter.known) return []
  const drops = localDrops(facts.filter.value, facts.ownTable, direction, wayTo(facts, target))
  return dropHops(facts, drops, direction === 'from-host' ? 'OUTPUT' : 'INPUT')
}

/** From one port of a bridge to another. */
export function bridgedHops(facts: PathFacts, target: Target, filtersBridges: boolean): Hop[] {
  const { filter } = facts
  if (!filter.known) return [unsure('filter', `rules are not readable: ${filter.why}`)]
  const tables = filter.value.flatMap(frameTable)
  const frames = [...new Set(tables)].map(table =>
    unsure('filter', `table bridge ${table} filters frames, which is not judged here`),
  )
  if (!filtersBridges) return [ok('filter', 'frames of one bridge go through no rules of the host'), ...frames]
  const [found] = bridgedDrops(filter.value, facts.ownTable, wayTo(facts, target))
  if (found === undefined)
    return [ok('filter', 'bridged packets go through the rules, and no other table drops it'), ...frames]
  const text = `bridged packets go through the rules (net.bridge.bridge-nf-call-iptables is 1): ${found.text}`
  const hop = found.isCertain
    ? broken('filter', text, found.advice)
    : unsure('filter', `perhaps: ${text}`, found.advice)
  return [hop, ...frames]
}

const frameTable = ({ chain }: NftItem): string[] =>
  chain?.family === 'bridge' && chain.hook !== undefined ? [chain.table] : []

export const wayTo = (facts: PathFacts, { family, bridge, address }: Target): Way => ({
  family,
  protocol: facts.protocol,
  bridge,
  outside: facts.incoming,
  peer: peerOf(facts),
  address,
  port: facts.containerPort,
  hostPort: facts.published?.hostPort ?? null,
})

/** Its address, where it is one. */
function peerOf({ from }: PathFacts): string | null {
  if (from.kind === 'outside') return from.address
  return from.kind === 'container' ? (from.leaves?.address ?? null) : null
}

/** What others' tables do to packets to it, and to the answers. */
export function dropHops({ legacyTables }: PathFacts, found: readonly ForeignDrop[], chain: string): Hop[] {
  const hops = (['filter', 'answers'] as const).map(at => {
    const drop = found.find(one => one.way === (at === 'filter' ? 'in' : 'answer'))
    if (drop === undefined)
      return ok(at, at === 'filter' ? 'no other table drops it' : 'and no other table drops the answers')
    return drop.isCertain ? broken(at, drop.text, drop.advice) : unsure(at, `perhaps: ${drop.text}`, drop.advice)
  })
  if (!legacyTables.includes('filter')) return hops
  const look = `look with \`iptables-legacy -S ${chain}\``
  return [...hops, unsure('filter', 'iptables-legacy has rules, too, which are not seen here', look)]
}
