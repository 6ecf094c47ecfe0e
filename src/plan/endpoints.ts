import { addressText, contains, isHostAddress, lowestFree, parseAddress } from '../model/address.ts'
import type { DesiredContainer } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { AddressRange, Endpoint, Endpoints, NetworkRecord, NetworkUse } from '../model/network.ts'
import { prefixOf } from '../model/network-pool.ts'
import type { Refusal, StepId } from '../model/plan.ts'
import { named } from './candidates.ts'
import type { Draft } from './draft.ts'
import { positionOf } from './positions.ts'

type Family = 'ipv4' | 'ipv6'
/** `field`: below the use of the network */
type Fault = { readonly refusal: Refusal; readonly field: string }

/** What each address of a network is held or reserved by; made once a plan and network. */
function holdersOf(draft: Draft, { id, name }: NetworkRecord): Map<string, string> {
  const known = draft.addresses.get(name)
  if (known !== undefined) return known
  const holders = new Map(
    draft.observed.containers.flatMap(({ declaration, endpoints }) => {
      const own = endpoints?.[name]
      if (own === undefined || own.networkId !== id) return []
      return [own.ipv4, own.ipv6].flatMap(address =>
        address === null ? [] : [[address, fullName(declaration.name)] as const],
      )
    }),
  )
  draft.addresses.set(name, holders)
  return holders
}

/** Fixed addresses are nobody else's to be given. */
export function reserveAddresses(draft: Draft, wanted: readonly DesiredContainer[]): void {
  for (const { name, networks = [] } of wanted) {
    for (const { name: network, address, address6 } of networks) {
      for (const text of [address, address6]) {
        const key = `${network} ${text}`
        if (text !== null && !draft.reserved.has(key)) draft.reserved.set(key, fullName(name))
      }
    }
  }
}

/**
 * Interfaces and addresses of a container: those that it has, as long as they are of its networks, else the lowest that are
 * free. null: refused.
 */
export function settleEndpoints(draft: Draft, wanted: DesiredContainer, id: string | null): Endpoints | null {
  const { networks = [] } = wanted
  const endpoints: Record<string, Endpoint> = {}
  const before = previous(draft, wanted)
  const interfaces = new Set(networks.flatMap(({ name }) => before[name]?.interface ?? []))
  for (const [index, use] of networks.entries()) {
    if (isWithout(draft, use.name, before)) continue
    const settled = settleOne(draft, wanted, use, before[use.name], interfaces)
    if ('refusal' in settled) {
      const position = positionOf(wanted, [`spec.networks.${index}.${settled.field}`, `spec.networks.${index}`])
      const subject = { kind: 'container', name: fullName(wanted.name), id } as const
      draft.blocked.push({ subject, refusal: settled.refusal, position })
      return null
    }
    endpoints[use.name] = settled
  }
  return endpoints
}

/** Its default network can't be had: it has one interface less. */
const isWithout = ({ unavailable }: Draft, name: string, endpoints: Endpoints): boolean =>
  unavailable.has(name) && endpoints[name] === undefined

/** Says of a container that it is without its default network. */
export function noteMissingNetworks(
  draft: Draft,
  { name, networks = [] }: DesiredContainer,
  id: string | null,
  endpoints: Endpoints,
): void {
  for (const use of networks) {
    const why = draft.unavailable.get(use.name)
    if (why === undefined || !isWithout(draft, use.name, endpoints)) continue
    const subject = { kind: 'container', name: fullName(name), id } as const
    draft.notices.push({ subject, unenforceable: [], withoutNetwork: { name: use.name, why }, position: null })
  }
}

/** What is recorded stays, but for addresses that its networks have no more. */
export function keptEndpoints(draft: Draft, good: DesiredContainer, endpoints: Endpoints): Endpoints {
  const interfaces = new Set(Object.values(endpoints).map(one => one.interface))
  const kept = Object.entries(endpoints).map(([name, before]) => {
    if (draft.networks.get(name)?.record.id !== before.networkId) return [name, before] as const
    const any = { name, aliases: [], address: null, address6: null }
    const declared = good.networks?.filter(one => one.name === name) ?? []
    const settled = [...declared, any].map(use => settleOne(draft, good, use, before, interfaces))
    return [name, settled.flatMap(one => ('refusal' in one ? [] : one))[0] ?? before] as const
  })
  return Object.fromEntries(kept)
}

/** Those of any container of this name: a new one takes them over from the one that it replaces. */
function previous(draft: Draft, { name }: DesiredContainer): Endpoints {
  const all = named(draft, fullName(name)).flatMap(({ endpoints = {} }) => Object.entries(endpoints))
  return Object.fromEntries(
    all.filter(([network, { networkId }]) => draft.networks.get(network)?.record.id === networkId),
  )
}

function settleOne(
  draft: Draft,
  wanted: DesiredContainer,
  use: NetworkUse,
  before: Endpoint | undefined,
  interfaces: Set<string>,
): Endpoint | Fault {
  const network = draft.networks.get(use.name)?.record
  if (network === undefined) return { refusal: { code: 'network-undeclared', network: use.name }, field: 'name' }
  const shut = draft.shut.get(use.name)
  if (shut !== undefined && before === undefined) return { refusal: shut, field: 'name' }
  const ask = { draft, network, own: fullName(wanted.name) }
  const ipv4 = addressOf(ask, 'ipv4', use.address, before?.ipv4 ?? null)
  if (typeof ipv4 === 'object' && ipv4 !== null) return ipv4
  const ipv6 = addressOf(ask, 'ipv6', use.address6, before?.ipv6 ?? null)
  if (typeof ipv6 === 'object' && ipv6 !== null) return ipv6
  const holders = holdersOf(draft, network)
  for (const address of [ipv4, ipv6]) if (address !== null) holders.set(address, ask.own)
  return { networkId: network.id, interface: before?.interface ?? freeInterface(interfaces), ipv4: ipv4 ?? '', ipv6 }
}

function freeInterface(interfaces: Set<string>): string {
  let index = 0
  while (interfaces.has(`eth${index}`)) index += 1
  interfaces.add(`eth${index}`)
  return `eth${index}`
}

type Ask = { readonly draft: Draft; readonly network: NetworkRecord; readonly own: string }

function addressOf(
  { draft, network, own }: Ask,
  family: Family,
  fixed: string | null,
  before: string | null,
): string | null | Fault {
  const range = network[family]
  const field = family === 'ipv4' ? 'address' : 'address6'
  const refused = (address: string, why: Extract<Refusal, { code: 'address' }>['why']): Fault => ({
    refusal: { code: 'address', network: network.name, address, why },
    field,
  })
  if (range === null) return fixed === null ? null : refused(fixed, { kind: 'family' })
  const subnet = prefixOf(range.subnet)
  const holders = holdersOf(draft, network)
  const other = (address: string) =>
    [holders.get(address), draft.reserved.get(`${network.name} ${address}`)].find(
      name => name !== undefined && name !== own,
    )
  if (fixed !== null) {
    if (!isUsable(range, fixed))
      return refused(fixed, fixed === range.gateway ? { kind: 'gateway' } : { kind: 'outside', subnet: range.subnet })
    const by = other(fixed)
    return by === undefined ? fixed : refused(fixed, { kind: 'taken', by })
  }
  if (before !== null && isUsable(range, before) && other(before) === undefined) return before
  const reserved = [...draft.reserved.keys()].flatMap(key =>
    key.startsWith(`${network.name} `) ? [key.slice(network.name.length + 1)] : [],
  )
  const texts = [range.gateway, ...holders.keys(), ...reserved]
  const taken = new Set(texts.flatMap(text => valueIn(range, text)))
  const free = lowestFree(subnet, taken)
  if (free !== null) return addressText(free)
  return { refusal: { code: 'addresses-exhausted', network: network.name, subnet: range.subnet }, field: 'name' }
}

function valueIn({ subnet }: AddressRange, text: string): bigint[] {
  const address = parseAddress(text)
  return address !== null && contains(prefixOf(subnet), address) ? [address.value] : []
}

function isUsable({ subnet, gateway }: AddressRange, text: string): boolean {
  const address = parseAddress(text)
  return address !== null && text !== gateway && isHostAddress(prefixOf(subnet), address)
}

/** Steps of this plan that make or mend a network of these. */
export const stepsForNetworksOf = (draft: Draft, { networks = [] }: Pick<DesiredContainer, 'networks'>): StepId[] =>
  networks.flatMap(({ name }) => draft.networks.get(name)?.step ?? [])
