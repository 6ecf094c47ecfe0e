import type { DataRootPaths } from '../dataroot/layout/paths.ts'
import { listNetworks, readLastRuleset } from '../dataroot/objects/networks.ts'
import type { DesiredState } from '../model/desired.ts'
import { known } from '../model/errors.ts'
import type { ObservedNetwork, ObservedState } from '../model/observed.ts'
import { bridgeName } from '../model/ruleset.ts'
import type { SeenContainer } from './container.ts'
import { readListeners, readSubnets } from './host-ports.ts'
import type { ListedRules } from '../runtime/nft.ts'
import { type ReadProxy, seeProxied, withPortFaults } from './proxy.ts'
import { type ReadResolver, runsOnNetworks, seeServed } from './resolver.ts'
import { lackOfBridges } from './kernel-bridges.ts'
import { observedNetwork, type ReadLinks, seeLinks } from './links.ts'
import { forwardingOn, seeSwitches } from './switches.ts'

/** Ways to the kernel that only a world with a core has. `readRuleset` missing: rules are not looked at. */
export type NetworkReaders = {
  readonly readLinks: ReadLinks
  readonly readRuleset?: () => Promise<ListedRules>
  /** missing: it is not looked at */
  readonly readResolver?: ReadResolver
  /** missing: it is not looked at */
  readonly readProxy?: ReadProxy
}

type Seen = {
  readonly containers: readonly SeenContainer[]
  readonly networks: Pick<
    ObservedState,
    'networks' | 'subnets' | 'listeners' | 'unserved' | 'silentResolver' | 'noBridges' | 'proxied'
  > &
    SeenFilter
}

type SeenFilter = Pick<ObservedState, 'ruleset' | 'noFilter' | 'noBridges'>

type Place = { readonly paths: DataRootPaths; readonly rootId: string; readonly procRoot: string }

/** The part of a look at networks that nothing else is needed for; null: nobody has or wants one, so nothing is asked of the kernel. */
export type BegunNetworks = {
  readonly stored: readonly ObservedNetwork[]
  readonly isWanted: boolean
  readonly desired: DesiredState
  readonly filter: Promise<SeenFilter>
  /** null: it is not looked at */
  readonly proxy: ReturnType<ReadProxy> | null
}

/** Begins with the rules: a program of its own tells them, which takes longer than all the rest. */
export function beginNetworks(
  { paths, procRoot }: Place,
  readers: NetworkReaders | undefined,
  desired: DesiredState,
): BegunNetworks | null {
  const listed = listNetworks(paths)
  if (!listed.ok) throw new Error(listed.error.message)
  const stored = listed.value.flatMap(({ record }): ObservedNetwork[] =>
    record.known && record.value !== null ? [observedNetwork(record.value)] : [],
  )
  const isWanted = desired.networks !== undefined && desired.networks.length > 0
  const hasNetworks = stored.length > 0 || isWanted
  if (!hasNetworks && readListeners(procRoot, desired).length === 0) return null
  const proxy = hasNetworks ? readers?.readProxy?.() : undefined
  return { stored, isWanted, desired, filter: seeFilter(paths, procRoot, readers?.readRuleset), proxy: proxy ?? null }
}

/** Networks with what stands in the way of new ones. */
export async function seeNetworks(
  { paths, rootId, procRoot }: Place,
  readers: NetworkReaders | undefined,
  begun: BegunNetworks | null,
  containers: readonly SeenContainer[],
): Promise<Seen> {
  if (begun === null) return { containers, networks: {} }
  const { stored, isWanted, desired, filter, proxy } = begun
  const readResolver = readers?.readResolver
  const resolver = readResolver !== undefined && runsOnNetworks(containers).length > 0 ? readResolver() : null
  const held = proxy === null ? null : seeProxied(await proxy, containers)
  const seen =
    readers === undefined
      ? { networks: stored, containers }
      : await seeLinks(readers.readLinks, rootId, { networks: stored, containers })
  const served =
    resolver === null ? { containers: seen.containers, names: {} } : await seeServed(() => resolver, seen.containers)
  const rules = await filter
  const hasSwitches = readers !== undefined && hasFilter(paths, rules)
  const networksSeen = hasSwitches ? seeSwitches(procRoot, seen.networks) : seen.networks
  const bridges = new Set(stored.map(({ id }) => bridgeName(id)))
  const subnets = isWanted ? readSubnets(procRoot, bridges) : []
  const noBridges = isWanted && readers !== undefined ? lackOfBridges() : null
  const told =
    held === null ? served.containers : withPortFaults(served.containers, held, { networks: networksSeen, ...rules })
  return {
    containers: told,
    networks: {
      networks: networksSeen,
      subnets,
      listeners: readListeners(procRoot, desired, held?.ports ?? []),
      ...served.names,
      ...(held === null ? {} : { proxied: held.proxied }),
      ...rules,
      ...(noBridges === null ? {} : { noBridges }),
    },
  }
}

/** The kernel's list is compared with the one that followed the last change of ours: how nft words it is its own affair. */
async function seeFilter(
  paths: DataRootPaths,
  procRoot: string,
  readRuleset: NetworkReaders['readRuleset'],
): Promise<SeenFilter> {
  if (readRuleset === undefined) return {}
  const { listed, lacks } = await readRuleset()
  if (!listed.known) {
    if (lacks === 'permission') return { noBridges: listed.why }
    return lacks === 'filter'
      ? { noFilter: { why: listed.why, forwards: forwardingOn(procRoot) } }
      : { ruleset: listed }
  }
  const last = readLastRuleset(paths)
  if (listed.value === null) return { ruleset: known(last === null ? 'unmade' : 'absent') }
  return { ruleset: known(last !== null && last.listed === listed.value ? last.ruleset : 'changed') }
}

/** Where rules are not looked at, that some were applied here tells it. */
const hasFilter = (paths: DataRootPaths, { ruleset, noFilter }: SeenFilter): boolean =>
  noFilter === undefined && (ruleset !== undefined || readLastRuleset(paths) !== null)
