import type { DataRootPaths } from '../dataroot/layout/paths.ts'
import { listNetworks, readLastRuleset } from '../dataroot/objects/networks.ts'
import type { DesiredState } from '../model/desired.ts'
import type { Known } from '../model/errors.ts'
import { known } from '../model/errors.ts'
import type { ObservedNetwork, ObservedState } from '../model/observed.ts'
import { bridgeName, type SeenRuleset } from '../model/ruleset.ts'
import type { SeenContainer } from './container.ts'
import { readListeners, readSubnets } from './host-ports.ts'
import { type ReadResolver, seeServed } from './resolver.ts'
import { observedNetwork, type ReadLinks, seeLinks } from './links.ts'
import { seeForwarding } from './switches.ts'

/** Ways to the kernel that only a world with a core has. `readRuleset`: the table as it is listed; null: there is none; missing: it is not looked at. */
export type NetworkReaders = {
  readonly readLinks: ReadLinks
  readonly readRuleset?: () => Promise<Known<string | null>>
  /** missing: it is not looked at */
  readonly readResolver?: ReadResolver
}

type Seen = {
  readonly containers: readonly SeenContainer[]
  readonly networks: Pick<
    ObservedState,
    'networks' | 'subnets' | 'listeners' | 'ruleset' | 'unserved' | 'silentResolver'
  >
}

/** Networks with what stands in the way of new ones. Nothing is asked of the kernel where nobody has or wants one. */
export async function seeNetworks(
  { paths, rootId, procRoot }: { readonly paths: DataRootPaths; readonly rootId: string; readonly procRoot: string },
  readers: NetworkReaders | undefined,
  desired: DesiredState,
  containers: readonly SeenContainer[],
): Promise<Seen> {
  const listed = listNetworks(paths)
  if (!listed.ok) throw new Error(listed.error.message)
  const stored = listed.value.flatMap(({ record }): ObservedNetwork[] =>
    record.known && record.value !== null ? [observedNetwork(record.value)] : [],
  )
  const isWanted = desired.networks !== undefined && desired.networks.length > 0
  const listeners = readListeners(procRoot, desired)
  if (stored.length === 0 && !isWanted && listeners.length === 0) return { containers, networks: {} }
  // a program of its own, which takes longer than all the rest
  const ruleset = readers?.readRuleset === undefined ? null : seeRuleset(paths, readers.readRuleset)
  const seen =
    readers === undefined
      ? { networks: stored, containers }
      : await seeLinks(readers.readLinks, rootId, { networks: stored, containers })
  const networksSeen = readers === undefined ? seen.networks : seeForwarding(procRoot, seen.networks)
  const readResolver = readers?.readResolver
  const served =
    readResolver === undefined
      ? { containers: seen.containers, names: {} }
      : await seeServed(readResolver, seen.containers)
  const bridges = new Set(stored.map(({ id }) => bridgeName(id)))
  const subnets = isWanted ? readSubnets(procRoot, bridges) : []
  return {
    containers: served.containers,
    networks: {
      networks: networksSeen,
      subnets,
      listeners,
      ...served.names,
      ...(ruleset === null ? {} : { ruleset: await ruleset }),
    },
  }
}

/** The kernel's list is compared with the one that followed the last change of ours: how nft words it is its own affair. */
async function seeRuleset(
  paths: DataRootPaths,
  readRuleset: NonNullable<NetworkReaders['readRuleset']>,
): Promise<Known<SeenRuleset>> {
  const listed = await readRuleset()
  if (!listed.known) return listed
  if (listed.value === null) return known('absent')
  const last = readLastRuleset(paths)
  return known(last !== null && last.listed === listed.value ? last.ruleset : 'changed')
}
