import { isSwitch } from '../model/drift-fields.ts'
import type { Known } from '../model/errors.ts'
import type { ObservedNetwork } from '../model/observed.ts'
import type { NftItem } from '../model/packet-filter.ts'
import { type NoFilter, noFilterCure } from '../model/network-facts.ts'
import { type ForeignDrop, foreignDrops, sameBridgeDrop } from './foreign-drops.ts'

/** What of a host matters to networks of containers, those that are there and those to come. */
export type HostNetworking = {
  readonly rules: Known<readonly NftItem[]>
  /** null: there is a packet filter */
  readonly noFilter: NoFilter | null
  readonly ownTable: string
  readonly legacyTables: readonly string[]
  /** some network that is there has rules of ours */
  readonly isRuled: boolean
  /** of networks that are there */
  readonly bridges: readonly string[]
  readonly incoming: string | null
  /** null: there is no such switch */
  readonly forwards: boolean | null
  /** bridged packets go through the rules */
  readonly filtersBridges: boolean
  /** a packet is dropped that comes in by another link than its answer would take */
  readonly hasStrictSources: boolean
  readonly defaultRoutes: number
}

/** What of networks is not as applied, as `drift` tells it; switches of the whole host have lines of their own. */
export function driftTroubles(networks: readonly Pick<ObservedNetwork, 'name' | 'faults'>[]): NetworkTrouble[] {
  return networks.flatMap(({ name, faults }) => {
    const own = faults?.known === true ? faults.value.filter(({ field }) => !isSwitch(field)) : []
    if (own.length === 0) return []
    return [{ found: `network ${name}: ${own.map(({ text }) => text).join(', ')}`, advice: putsBack }]
  })
}

const putsBack = 'a watcher or `reconcile --once` puts it right'

export type NetworkTrouble = { readonly found: string; readonly advice: string | null }

const ways: Readonly<Record<ForeignDrop['way'], string>> = {
  in: 'packets to published ports',
  answer: 'answers of published ports',
  out: 'what containers send out',
}

/** What others have on this host that stops packets of containers, one line a cause; none on a host where all is well. */
export function networkTroubles(host: HostNetworking): NetworkTrouble[] {
  const { rules, legacyTables, bridges, forwards, noFilter } = host
  const legacy = legacyTables.length === 0 ? [] : [legacyTrouble(legacyTables)]
  if (noFilter !== null) return [filterTrouble(noFilter), ...legacy]
  const off = forwards === false && bridges.length > 0
  return [
    ...(rules.known
      ? filterTroubles(rules.value, host)
      : [{ found: `rules are not readable: ${rules.why}`, advice: null }]),
    ...ownTrouble(host),
    ...legacy,
    ...(off ? [{ found: 'net.ipv4.ip_forward is 0', advice: 'a watcher or `reconcile --once` turns it on' }] : []),
    ...(host.hasStrictSources && host.defaultRoutes > 1 ? [sourcesTrouble(host.defaultRoutes)] : []),
  ]
}

/** Rules of ours that are gone leave published ports without an answer, and networks open to each other. */
function ownTrouble({ rules, ownTable, isRuled }: HostNetworking): NetworkTrouble[] {
  if (!isRuled || !rules.known || rules.value.some(({ chain }) => chain?.table === ownTable)) return []
  return [{ found: `table inet ${ownTable} is missing: published ports answer nobody`, advice: putsBack }]
}

/** What a host can do without a packet filter; what others drop there is not seen. */
function filterTrouble({ why, forwards: { ipv4, ipv6 } }: NoFilter): NetworkTrouble {
  const setting = ipv4 ?? ipv6
  const install = 'with nftables containers reach other hosts, too'
  if (setting === null)
    return {
      found: `no packet filter: ${why}: containers reach no other hosts, and ports go by the proxy`,
      advice: install,
    }
  const whose = ipv4 === null ? 'networks with IPv6' : 'networks'
  return { found: `no packet filter: ${why}; ${setting} is 1: ${whose} are refused`, advice: noFilterCure(setting) }
}

function filterTroubles(items: readonly NftItem[], { ownTable, bridges, incoming, filtersBridges }: HostNetworking) {
  const bridge = bridges[0] ?? 'rc-000000000000'
  const way = {
    family: 'ipv4',
    protocol: 'tcp',
    bridge,
    outside: incoming,
    address: null,
    port: null,
    hostPort: null,
  } as const
  const drops = foreignDrops(items, ownTable, way).filter(({ isCertain, isPolicy }) => isCertain || isPolicy)
  const causes = [...Map.groupBy(drops, ({ text, isCertain }) => `${isCertain ? '' : 'perhaps, '}${text}`)].map(
    ([text, group]) => ({
      found: `${text}: ${group.map(one => ways[one.way]).join(', ')}`,
      advice: adviceFor(group[0]?.advice ?? '', bridges),
    }),
  )
  const inside = filtersBridges ? sameBridgeDrop(items, ownTable, way) : null
  if (inside === null) return causes
  const found = `bridged packets go through the rules (net.bridge.bridge-nf-call-iptables is 1): ${inside.text}: containers of one network`
  return [...causes, { found, advice: adviceFor(inside.advice, bridges) }]
}

/** Names of bridges to come are not known. */
const adviceFor = (advice: string, bridges: readonly string[]): string =>
  bridges.length === 1 ? advice : `for each bridge (\`reconcile networks ls\` lists them): ${advice}`

const legacyTrouble = (tables: readonly string[]): NetworkTrouble => ({
  found: `iptables-legacy has ${tables.length === 1 ? 'the table' : 'tables'} ${[...new Set(tables)].join(', ')}, of which nft shows nothing`,
  advice:
    'what drops there stands: look with `iptables-legacy -S FORWARD`, and move it with iptables-legacy-save and iptables-nft-restore',
})

const sourcesTrouble = (routes: number): NetworkTrouble => ({
  found: `rp_filter is strict, and there are ${routes} default routes: what comes in by the other link is dropped`,
  advice: '`sysctl -w net.ipv4.conf.all.rp_filter=2`',
})
