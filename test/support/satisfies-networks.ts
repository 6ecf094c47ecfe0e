// What "converged" means of networks, addresses and published ports.
import { isHostAddress, overlaps, parseAddress } from '../../src/model/address.ts'
import { isDefaultNetwork } from '../../src/model/default-networks.ts'
import type { DesiredContainer } from '../../src/model/desired.ts'
import { fullName } from '../../src/model/identity.ts'
import { type DesiredNetwork, isFiltered, samePort } from '../../src/model/network.ts'
import { prefixOf } from '../../src/model/network-pool.ts'
import type { ObservedContainer, ObservedNetwork, ObservedState } from '../../src/model/observed.ts'
import { ledPorts, proxiedPorts, socketTexts } from '../../src/model/proxied-ports.ts'
import { rulesetNetwork } from '../../src/model/ruleset.ts'
import type { Evidence } from './satisfies.ts'

export function aboutNetworks(evidence: Evidence): string[] {
  const { desired, before, after } = evidence
  return [
    ...(desired.networks ?? []).flatMap(network => aboutDeclared(network, evidence)),
    ...(before.networks ?? []).flatMap(network => aboutFormer(network, evidence)),
    ...desired.containers.flatMap(container => aboutMember(container, evidence)),
    ...after.containers.flatMap(container => aboutEndpoints(container, after)),
    ...aboutRuleset(after),
    ...aboutNames(after),
    ...aboutProxied(after),
  ]
}

const seen = ({ networks = [] }: ObservedState, name: string): ObservedNetwork | undefined =>
  networks.find(network => network.name === name)

function aboutDeclared(network: DesiredNetwork, { after, before }: Evidence): string[] {
  const is = seen(after, network.name)
  const others = [...(after.networks ?? []), ...(before.networks ?? [])].filter(({ name }) => name !== network.name)
  const taken = [...others, ...(before.subnets ?? []).map(({ subnet }) => ({ ipv4: { subnet }, ipv6: null }))]
  const isTaken = subnetsOf(network).some(own => taken.some(other => subnetsOf(other).some(one => overlaps(own, one))))
  if (is !== undefined && is.origin.source !== network.origin.source) return []
  const isRefused = isTaken || leaks(after, network)
  if (is === undefined) return isRefused ? [] : [`network ${network.name} is not there`]
  const found: string[] = []
  if (is.faults?.known === true && is.faults.value.length > 0)
    found.push(`its bridge: ${is.faults.value.map(({ text }) => text).join(', ')}`)
  const isAsDeclared =
    (network.ipv4 === null || same(network.ipv4, is.ipv4)) &&
    same(network.ipv6, is.ipv6) &&
    network.internal === is.internal &&
    isFiltered(network) === isFiltered(is)
  if (!isAsDeclared && !isRefused) found.push('recorded otherwise')
  return found.map(text => `network ${network.name}: ${text}`)
}

/** It needs a packet filter, which this host has not, and packets would go on to others. */
const leaks = ({ noFilter }: ObservedState, network: Pick<DesiredNetwork, 'filtered' | 'ipv6'>): boolean =>
  noFilter !== undefined &&
  isFiltered(network) &&
  (noFilter.forwards.ipv4 !== null || (network.ipv6 !== null && noFilter.forwards.ipv6 !== null))

type Ranges = { readonly ipv4: { readonly subnet: string } | null; readonly ipv6: { readonly subnet: string } | null }
const subnetsOf = ({ ipv4, ipv6 }: Ranges) =>
  [ipv4, ipv6].flatMap(range => (range === null ? [] : prefixOf(range.subnet)))
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** It goes with its last member; of another source it stays. */
function aboutFormer({ name, id, origin }: ObservedNetwork, { desired, after }: Evidence): string[] {
  const isOurs = isDefaultNetwork({ origin }) || desired.sources.some(source => source.name === origin.source)
  const stays = !isOurs || (desired.networks ?? []).some(network => network.name === name)
  const is = seen(after, name)
  if (stays) return is?.id === id ? [] : [`network ${name} was lost`]
  const isNamed =
    [...desired.containers, ...after.containers.map(({ declaration }) => declaration)].some(({ networks = [] }) =>
      networks.some(use => use.name === name),
    ) || after.containers.some(({ endpoints }) => endpoints?.[name] !== undefined)
  return is === undefined || isNamed ? [] : [`network ${name} is left, and nobody is on it`]
}

function aboutMember(container: DesiredContainer, { after, desired, before }: Evidence): string[] {
  const name = fullName(container.name)
  const is = after.containers.find(({ declaration }) => fullName(declaration.name) === name)
  // that it is there at all is looked at with its other fields
  if (is === undefined) return []
  const { networks = [], ports = [] } = is.declaration
  const isTaken = same(networks, container.networks ?? []) && same(ports, container.ports ?? [])
  if (!isTaken)
    return hasReason(container, { after, desired, before }) ? [] : [`${name}: other networks or ports recorded`]
  if (hasReason(container, { after, desired, before }) && !isAsDeclared(container, is)) return []
  const faults = is.linkFaults?.known === true ? is.linkFaults.value : []
  const on = Object.keys(is.endpoints ?? {}).sort()
  return [
    ...(same(on, networks.map(use => use.name).sort()) ? [] : [`${name} is on ${on.join(', ') || 'nothing'}`]),
    ...networks.flatMap(use => {
      const endpoint = is.endpoints?.[use.name]
      const isFixed = (fixed: string | null, had: string | null | undefined) => fixed === null || fixed === had
      return isFixed(use.address, endpoint?.ipv4) && isFixed(use.address6, endpoint?.ipv6)
        ? []
        : [`${name}: not the fixed address`]
    }),
    ...faults.map(fault => `${name}: ${fault.text}`),
  ]
}

const isAsDeclared = ({ networks = [] }: DesiredContainer, { endpoints = {} }: ObservedContainer): boolean =>
  networks.length === Object.keys(endpoints).length &&
  networks.every(
    ({ name, address }) => endpoints[name] !== undefined && (address === null || endpoints[name].ipv4 === address),
  )

/** It is not as declared, and its networks or ports may be why. */
export const isRefusedByNetworks = (
  container: DesiredContainer,
  is: readonly ObservedContainer[],
  evidence: Evidence,
): boolean =>
  hasReason(container, evidence) &&
  !is.some(
    ({ declaration: { digest, networks = [], ports = [] } }) =>
      digest === container.digest && same(networks, container.networks ?? []) && same(ports, container.ports ?? []),
  )

/** Why a manifest's networks and ports may have been refused. */
function hasReason(
  container: DesiredContainer,
  { after, desired, before }: Pick<Evidence, 'after' | 'desired' | 'before'>,
): boolean {
  const { networks = [], ports = [] } = container
  const others = [...desired.containers, ...before.containers.map(({ declaration }) => declaration)].filter(
    ({ name }) => fullName(name) !== fullName(container.name),
  )
  return (
    networks.some(use => leaks(after, seen(after, use.name) ?? { ipv6: null })) ||
    networks.some(use => seen(after, use.name) === undefined || use.address !== null || use.address6 !== null) ||
    (desired.networks ?? []).length < networks.length ||
    networks.some(use => (desired.networks ?? []).every(({ name }) => name !== use.name)) ||
    ports.some(port => others.some(other => other.ports?.some(one => samePort(one, port)))) ||
    ports.some(port => before.listeners?.some(one => samePort(one, port))) ||
    (ports.length > 0 && networks.every(use => seen(after, use.name)?.internal === true))
  )
}

function aboutEndpoints({ declaration, endpoints = {}, id }: ObservedContainer, after: ObservedState): string[] {
  const name = fullName(declaration.name)
  return Object.entries(endpoints).flatMap(([network, { networkId, ipv4, ipv6, interface: own }]) => {
    const there = seen(after, network)
    if (there?.id !== networkId) return [`${name} has an address on ${network}, which is not there`]
    const twins = after.containers.filter(other => other.id !== id && other.endpoints?.[network]?.ipv4 === ipv4)
    const addresses = [ipv4, ipv6].flatMap((text, index) => {
      const range = index === 0 ? there.ipv4 : there.ipv6
      const address = text === null ? null : parseAddress(text)
      const isGood =
        address === null
          ? range === null
          : range !== null && text !== range.gateway && isHostAddress(prefixOf(range.subnet), address)
      return isGood ? [] : [`${name}: ${text} on ${network} (${range?.subnet})`]
    })
    const isShared = Object.entries(endpoints).some(([other, one]) => other !== network && one.interface === own)
    return [
      ...addresses,
      ...twins.map(() => `${name} shares ${ipv4}`),
      ...(isShared ? [`${name} has ${own} twice`] : []),
    ]
  })
}

/** Of its first network that isn't internal and that it is on, where rules lead there. */
function openAddresses(
  { networks: uses = [] }: ObservedContainer['declaration'],
  endpoints: NonNullable<ObservedContainer['endpoints']>,
  networks: readonly ObservedNetwork[],
): string[] {
  const open = uses.flatMap(({ name }) => networks.find(one => one.name === name && !one.internal) ?? [])
  const outlet = open.find(({ name }) => endpoints[name] !== undefined)
  return outlet === undefined || !isFiltered(outlet) ? [] : [endpoints[outlet.name]?.ipv4 ?? '']
}

const aboutNames = ({ unserved }: ObservedState): string[] =>
  unserved?.known === true ? unserved.value.map(({ id }) => `nobody answers ${id.slice(0, 12)}`) : []

/** The proxy holds exactly what of the ports of each that runs needs it. */
function aboutProxied({ proxied, networks: all = [], noFilter, containers }: ObservedState): string[] {
  if (proxied?.known !== true) return []
  const networks = all.map(network => (noFilter === undefined ? network : { ...network, filtered: false }))
  const held = new Map(proxied.value.map(({ id, sockets }) => [id, sockets]))
  return containers.flatMap(({ id, declaration, endpoints = {}, phase }) => {
    if (!phase.known || phase.value.phase !== 'running' || declaration.state === 'stopped') return []
    const wanted = socketTexts(proxiedPorts(ledPorts({ ...declaration, endpoints }, networks)))
    return same(held.get(id) ?? [], wanted) ? [] : [`the proxy holds other ports of ${fullName(declaration.name)}`]
  })
}

/** The packet filter knows these networks, and exactly the ports of what is here and shall run. */
function aboutRuleset({ ruleset, networks = [], containers }: ObservedState): string[] {
  if (ruleset?.known !== true) return []
  const { value } = ruleset
  const filtered = networks.filter(isFiltered)
  if (filtered.length === 0) return value === 'absent' || value === 'unmade' ? [] : ['rules without networks']
  if (typeof value === 'string') return [`rules are ${value}`]
  const published = containers.flatMap(({ declaration, endpoints = {} }) =>
    (declaration.ports ?? []).map(port => ({
      port,
      addresses: openAddresses(declaration, endpoints, networks),
      state: declaration.state,
    })),
  )
  const stray = value.ports.filter(
    rule => !published.some(({ port, addresses }) => samePort(port, rule) && addresses.includes(rule.ipv4)),
  )
  const lost = published.filter(
    ({ port, state, addresses }) =>
      state !== 'stopped' && addresses.length > 0 && !value.ports.some(rule => samePort(port, rule)),
  )
  return [
    ...(same(value.networks, filtered.map(rulesetNetwork)) ? [] : ['rules of other networks']),
    ...stray.map(rule => `a rule for ${rule.hostPort}, which nobody publishes`),
    ...lost.map(({ port }) => `no rule for ${port.hostPort}`),
  ]
}
