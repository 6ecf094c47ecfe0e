import type { DesiredContainer, DesiredState, Origin } from './desired.ts'
import type { ObjectName } from './identity.ts'
import type { DesiredNetwork } from './network.ts'

/** Docker's name of the network of containers that name none; no manifest can declare it. */
export const bridgeNetwork = 'bridge'

/** That of a container without `networks`: its project's, as Compose names it, else the data-root's own. */
export const defaultNetworkOf = ({ project }: ObjectName): string =>
  project === null ? bridgeNetwork : `${project.slice(0, longestProject)}_default`

/** Names of networks have at most 128 characters: longer names of projects that begin alike share theirs. */
const longestProject = 120

/** No manifest declares it: it is there for whoever uses it, and goes with the last of them. */
const nowhere: Origin = { source: '', file: '', line: 0, column: 0 }

export const isDefaultNetwork = ({ origin }: { readonly origin: Origin }): boolean => origin.source === nowhere.source

/** Those that a document declares. */
export const declaredNetworks = ({ networks = [] }: Pick<DesiredState, 'networks'>): readonly DesiredNetwork[] =>
  networks.filter(network => !isDefaultNetwork(network))

/**
 * Puts each container that says nothing of networks on its default one, which is a declared network where one has that name.
 * `namespaces.net: none` is an empty list, so it stays alone. `fills` false: all that say nothing do; default networks are there
 * for those that name them.
 */
export function withDefaultNetworks(desired: DesiredState, fills: boolean): DesiredState {
  const containers = fills ? desired.containers.map(onDefault) : desired.containers
  const names = containers.flatMap(({ name, networks = [] }) =>
    networks.map(use => use.name).filter(used => used === bridgeNetwork || used === defaultNetworkOf(name)),
  )
  const declared = desired.networks ?? []
  const missing = [...new Set(names)].filter(name => !declared.some(network => network.name === name)).sort()
  return missing.length === 0
    ? { ...desired, containers }
    : { ...desired, containers, networks: [...declared, ...missing.map(defaultNetwork)] }
}

const filled = new WeakMap<DesiredContainer, DesiredContainer>()

/** The same object for the same container, so that it is quickly seen to be as before. */
function onDefault(container: DesiredContainer): DesiredContainer {
  if (container.networks !== undefined || container.spec.namespaces.net !== 'private') return container
  const use = { name: defaultNetworkOf(container.name), aliases: [], address: null, address6: null }
  const made = filled.get(container) ?? { ...container, networks: [use] }
  filled.set(container, made)
  return made
}

const defaultNetwork = (name: string): DesiredNetwork => ({
  name,
  labels: {},
  ipv4: null,
  ipv6: null,
  masquerade: true,
  internal: false,
  mtu: 1500,
  origin: nowhere,
  positions: {},
})
