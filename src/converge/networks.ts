import { removeNetwork, storedNetworks, writeNetwork } from '../dataroot/objects/networks.ts'
import { refreshHosts } from '../dataroot/objects/hosts.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import type { NetworkSetting } from '../model/action.ts'
import type { Endpoints } from '../model/network.ts'
import type { StepFacts } from '../model/outcome.ts'
import type { ContainerRecord } from '../model/record.ts'
import { bridgeName } from '../model/ruleset.ts'
import { bridgeAlias, bridgeOf, forwardedBy, hostLinkOf, interfacesOf } from '../runtime/link-plans.ts'
import type { PlanInterface } from '../runtime/network.ts'
import type { ConvergeDeps, Executor } from './deps.ts'
import { replaceRecord, storedRecord } from './records.ts'

/** The record first: a bridge without one would be nobody's. Serves a new network and one that is to be put right. */
export const makeNetwork = async (
  { paths, core, rootId }: ConvergeDeps,
  { kind, network, unguarded }: { readonly kind: 'create-network' | 'update-network' } & NetworkSetting,
): Promise<Result<StepFacts>> => {
  const written = writeNetwork(paths, network)
  if (!written.ok) return written
  // whose members may ask for names of the world is a matter of their networks
  const told = kind === 'update-network' ? refreshHosts(paths) : ok(undefined)
  if (!told.ok) return told
  const bridge = bridgeOf(rootId, network)
  const made =
    unguarded === true
      ? await core.network({ ...bridge, routeLocalnet: false }, [])
      : await core.network(bridge, forwardedBy(network))
  return made.ok ? ok({}) : made
}

/** The record last: as long as it is there, the next pass removes the bridge. */
export const deleteNetwork: Executor<'delete-network'> = async ({ paths, core, rootId }, { network: { id, name } }) => {
  const gone = await core.networkRemove(bridgeName(id), bridgeAlias(rootId, id))
  if (!gone.ok) return gone
  const removed = removeNetwork(paths, name)
  return removed.ok ? ok({}) : removed
}

/** Under the running process first, as with everything that is recorded and can be seen. */
export const connectContainer: Executor<'connect-container'> = async (deps, { id, process, endpoints }) => {
  const record = storedRecord(deps, id)
  if (!record.ok) return record
  const after = { ...record.value, endpoints }
  if (process !== null) {
    const interfaces = recordedInterfaces(deps, after)
    if (!interfaces.ok) return interfaces
    const done = await deps.core.interfaces(id, process, interfaces.value)
    if (!done.ok) return done
    const left = await leaveNetworks(deps, record.value, endpoints)
    if (!left.ok) return left
  }
  const written = await replaceRecord(deps, after)
  if (!written.ok) return written
  const told = refreshHosts(deps.paths)
  return told.ok ? ok({}) : told
}

/** A pair goes when one of its ends does. */
export async function leaveNetworks(
  { core, rootId }: ConvergeDeps,
  { id, endpoints = {} }: Pick<ContainerRecord, 'id' | 'endpoints'>,
  after: Endpoints,
): Promise<Result<void>> {
  for (const [name, { networkId }] of Object.entries(endpoints)) {
    if (after[name]?.networkId === networkId) continue
    const link = hostLinkOf(rootId, id, networkId)
    const gone = await core.networkRemove(link.name, link.alias)
    if (!gone.ok) return gone
  }
  return ok(undefined)
}

/** What its shim makes at its start; E_STATE: one of its networks is not recorded. */
export function recordedInterfaces({ paths, rootId }: ConvergeDeps, record: ContainerRecord): Result<PlanInterface[]> {
  const { endpoints = {} } = record
  const networks = Object.keys(endpoints).length === 0 ? [] : storedNetworks(paths)
  const interfaces = interfacesOf(rootId, record, networks)
  if (interfaces.length === Object.keys(endpoints).length) return ok(interfaces)
  const missing = Object.keys(endpoints).find(
    name => !networks.some(network => network.name === name && network.id === endpoints[name]?.networkId),
  )
  return fail({ code: 'E_STATE', message: `its network ${missing} is not on this host` })
}
