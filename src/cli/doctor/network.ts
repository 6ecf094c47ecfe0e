import type { DataRootPaths } from '../../dataroot/layout/paths.ts'
import { readHistory } from '../../dataroot/records/history.ts'
import { fullName } from '../../model/identity.ts'
import { isFiltered } from '../../model/network.ts'
import type { ObservedState } from '../../model/observed.ts'
import { bridgeName } from '../../model/ruleset.ts'
import { incomingOf, legacyTables, numberAt } from '../../observe/packet-path.ts'
import { forwardingOn } from '../../observe/switches.ts'
import {
  type HostNetworking,
  type NetworkTrouble,
  networkTroubles,
  driftTroubles,
} from '../../plan/network-troubles.ts'
import { tableName } from '../../runtime/nft-rules.ts'
import { listAllRules } from '../../runtime/nft.ts'
import type { DoctorLine } from '../../status/host/doctor.ts'
import { namesFailure } from '../../status/objects/history.ts'
import type { Context } from '../context/context.ts'
import { hostLinks } from '../views/packet-paths.ts'
import { nothingDesired } from '../views/recorded.ts'
import { askLinksOnce } from '../world/own-core.ts'
import { openView } from '../world/wire.ts'

/** One line for each thing on this host that stops packets of containers, or could; none where nothing does. Root alone sees rules. */
export async function networkLines(context: Context): Promise<DoctorLine[]> {
  if (process.geteuid?.() !== 0) return []
  const view = openView(context, askLinksOnce)
  if (!view.ok) return []
  const observed = await view.value.observe(nothingDesired)
  const { networks = [] } = observed
  const [links, { rules, hasFilter }] = await Promise.all([hostLinks(), listAllRules()])
  const seen = links.known ? links.value : { links: [], routes: [] }
  const forwards = numberAt('/proc', 'net/ipv4/ip_forward')
  const host: HostNetworking = {
    rules,
    noFilter: rules.known || hasFilter ? null : { why: rules.why, forwards: forwardingOn('/proc') },
    ownTable: tableName(view.value.rootId ?? ''),
    legacyTables: legacyTables('/proc'),
    isRuled: networks.some(isFiltered),
    bridges: networks.map(({ id }) => bridgeName(id)),
    incoming: incomingOf(seen, { networks }),
    forwards: forwards === null ? null : forwards !== 0,
    filtersBridges: numberAt('/proc', 'net/bridge/bridge-nf-call-iptables') === 1,
    hasStrictSources: numberAt('/proc', 'net/ipv4/conf/all/rp_filter') === 1,
    defaultRoutes: new Set(
      seen.routes.filter(({ destination }) => destination === '0.0.0.0/0').map(({ device }) => device),
    ).size,
  }
  const troubles = [...networkTroubles(host), ...driftTroubles(networks), ...nameTroubles(view.value.paths, observed)]
  return troubles.map(({ found, advice }) => ({ name: 'network', found, verdict: 'limited', advice }))
}

const shownNames = 5

/** Who is without names, and why, as far as that is known. */
function nameTroubles(paths: DataRootPaths, { containers, unserved, silentResolver }: ObservedState): NetworkTrouble[] {
  if (unserved?.known !== true || unserved.value.length === 0) return []
  const ids = new Set(unserved.value.map(({ id }) => id))
  const lost = containers.filter(({ id }) => ids.has(id))
  const failure = lost.flatMap(({ id }) => namesFailure(readHistory(paths, id)) ?? [])[0]
  const seen = silentResolver === undefined ? 'no process of ours does' : `the resolver (pid ${silentResolver}) hangs`
  const why = failure === undefined ? seen : `the last try failed: ${failure}`
  const all = lost.map(({ declaration }) => fullName(declaration.name)).toSorted()
  const more = all.length > shownNames ? ` and ${all.length - shownNames} more` : ''
  const names = `${all.slice(0, shownNames).join(', ')}${more}`
  const advice = 'a watcher or `reconcile --once` puts it right'
  return [{ found: `127.0.0.11 does not answer ${names}: ${why}`, advice: failure === undefined ? advice : null }]
}
