import { bridgeName } from '../../model/ruleset.ts'
import { incomingOf, legacyTables, numberAt } from '../../observe/packet-path.ts'
import { type HostNetworking, networkTroubles } from '../../plan/network-troubles.ts'
import { tableName } from '../../runtime/nft-rules.ts'
import { listAllRules } from '../../runtime/nft.ts'
import type { DoctorLine } from '../../status/host/doctor.ts'
import type { Context } from '../context/context.ts'
import { hostLinks } from '../views/packet-paths.ts'
import { nothingDesired } from '../views/recorded.ts'
import { openView } from '../world/wire.ts'

/** One line for each thing on this host that stops packets of containers, or could; none where nothing does. Root alone sees rules. */
export async function networkLines(context: Context): Promise<DoctorLine[]> {
  if (process.geteuid?.() !== 0) return []
  const view = openView(context)
  if (!view.ok) return []
  const { networks = [] } = await view.value.observe(nothingDesired)
  const [links, rules] = await Promise.all([hostLinks(), listAllRules()])
  const seen = links.known ? links.value : { links: [], routes: [] }
  const forwards = numberAt('/proc', 'net/ipv4/ip_forward')
  const host: HostNetworking = {
    rules,
    ownTable: tableName(view.value.rootId ?? ''),
    legacyTables: legacyTables('/proc'),
    bridges: networks.map(({ id }) => bridgeName(id)),
    incoming: incomingOf(seen, { networks }),
    forwards: forwards === null ? null : forwards !== 0,
    filtersBridges: numberAt('/proc', 'net/bridge/bridge-nf-call-iptables') === 1,
    hasStrictSources: numberAt('/proc', 'net/ipv4/conf/all/rp_filter') === 1,
    defaultRoutes: new Set(
      seen.routes.filter(({ destination }) => destination === '0.0.0.0/0').map(({ device }) => device),
    ).size,
  }
  return networkTroubles(host).map(({ found, advice }) => ({ name: 'network', found, verdict: 'limited', advice }))
}
