// Networks of the model host: what their steps do, what a crash in the middle leaves, and what no plan may do.
import { known } from '../../src/model/errors.ts'
import type { Action, NetworkSetting } from '../../src/model/action.ts'
import { fullName } from '../../src/model/identity.ts'
import { isFiltered, type NetworkRecord } from '../../src/model/network.ts'
import type { ObservedNetwork } from '../../src/model/observed.ts'
import type { Of, World } from './model-actions.ts'
import type { ModelContainer } from './model-containers.ts'
import type { LinkFault } from '../../src/model/network-facts.ts'
import { faultOf } from './link-faults.ts'

type Kind =
  | 'create-network'
  | 'update-network'
  | 'delete-network'
  | 'connect-container'
  | 'apply-ruleset'
  | 'serve-names'
  | 'proxy-ports'
type Performers = { readonly [K in Kind]: (world: World, action: Of<K>) => string | null }

export const networkPerformers: Performers = {
  'create-network': (world, action) => {
    const { network } = action
    if (world.networks.has(network.name)) return 'the network exists'
    return setNetwork(world, network, faultsAfter(world, action))
  },
  'update-network': (world, action) => {
    const { network } = action
    if (world.networks.get(network.name)?.id !== network.id) return 'no such network'
    const hasRules = world.ruleset !== 'absent' && world.ruleset !== 'unmade'
    if (!hasRules && isFiltered(network) && action.unguarded === undefined)
      world.violations.push(`network ${network.name} opened before it has rules`)
    return setNetwork(world, network, faultsAfter(world, action))
  },
  'delete-network': (world, { network: { id, name } }) => {
    const member = [...world.containers.values()].find(({ endpoints }) => endpoints?.[name]?.networkId === id)
    if (member !== undefined) world.violations.push(`network ${name} removed while ${member.id.slice(0, 12)} is on it`)
    world.networks.delete(name)
    return null
  },
  'connect-container': (world, { id, process, endpoints }) => {
    const container = world.containers.get(id)
    if (container === undefined) return 'no such container'
    if (process !== null) {
      if (container.run?.pid !== process.pid) return 'it does not run'
      container.run.linkFaults = []
    }
    container.endpoints = endpoints
    world.violations.push(...strayEndpoints(world, container))
    return null
  },
  'apply-ruleset': (world, { ruleset }) => {
    if (world.noFilter !== undefined) return 'no packet filter'
    world.ruleset = ruleset ?? 'unmade'
    return null
  },
  'serve-names': (world, { runs }) => {
    for (const { id, process } of runs) {
      if (world.containers.get(id)?.run?.pid === process.pid) world.unserved?.delete(id)
    }
    return null
  },
  'proxy-ports': (world, { runs }) => {
    for (const { id, process, sockets } of runs) {
      if (world.containers.get(id)?.run?.pid === process.pid) world.proxied?.set(id, sockets)
    }
    return null
  },
}

/** What rules guard is opened by a later look, which finds it closed. */
function faultsAfter(world: World, { network, unguarded }: NetworkSetting): LinkFault[] {
  if (world.noFilter === undefined) return unguarded === true ? [faultOf('it is not opened')] : []
  if (unguarded === undefined) world.violations.push(`network ${network.name} opened without a filter`)
  return []
}

function setNetwork(
  world: World,
  { version: _version, ...network }: NetworkRecord,
  faults: readonly LinkFault[],
): null {
  const one: ObservedNetwork = { ...network, faults: known(faults) }
  world.networks.set(network.name, one)
  return null
}

export const isOfNetworks = (action: Action): action is Of<Kind> => Object.hasOwn(networkPerformers, action.kind)

/** Half 0 is what comes first of the two: the record of a network, the interfaces of a process; half 1 is all of it. */
export function tearNetworks(world: World, action: Of<Kind>, how: 0 | 1): void {
  if (how === 1) {
    const performer = networkPerformers[action.kind] as (world: World, action: Of<Kind>) => string | null
    performer(world, action)
  } else if (action.kind === 'create-network' || action.kind === 'update-network') {
    setNetwork(world, action.network, [faultOf('its bridge is missing')])
  } else if (action.kind === 'delete-network') {
    const network = world.networks.get(action.network.name)
    if (network !== undefined)
      world.networks.set(network.name, { ...network, faults: known([faultOf('its bridge is missing')]) })
  } else if (action.kind === 'connect-container') {
    const run = world.containers.get(action.id)?.run ?? null
    if (run !== null && action.process !== null) run.linkFaults = [faultOf('eth0 has another address')]
  } else if (action.kind === 'apply-ruleset') world.ruleset = 'changed'
}

/** Of another network than is there, or the address of another container. */
export function strayEndpoints(world: World, container: ModelContainer): string[] {
  const name = fullName(container.declaration.name)
  return Object.entries(container.endpoints ?? {}).flatMap(([network, { networkId, ipv4 }]) => {
    const others = [...world.containers.values()].filter(
      other =>
        other !== container && fullName(other.declaration.name) !== name && other.endpoints?.[network]?.ipv4 === ipv4,
    )
    return [
      ...(world.networks.get(network)?.id === networkId
        ? []
        : [`${name} is on a network ${network} that is not there`]),
      ...others.map(other => `${name} has the address ${ipv4} of ${fullName(other.declaration.name)}`),
    ]
  })
}
