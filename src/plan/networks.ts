import { overlaps, type Prefix } from '../model/address.ts'
import { declaredNetworks, isDefaultNetwork } from '../model/default-networks.ts'
import type { DesiredState, Origin } from '../model/desired.ts'
import type { AddressRange, DesiredNetwork, NetworkRecord } from '../model/network.ts'
import { freeSubnet, prefixOf } from '../model/network-pool.ts'
import type { ObservedNetwork } from '../model/observed.ts'
import type { Refusal } from '../model/plan.ts'
import { sortedBy } from './candidates.ts'
import { type Draft, networkSubject, placeOf } from './draft.ts'
import { createNetwork, updateNetwork } from './network-steps.ts'
import { leakOf, leakText, noteUnfiltered } from './filtering.ts'
import { gripOn } from './sources.ts'

type Taken = { readonly prefix: Prefix; readonly by: string; readonly isBehindRouter: boolean }

/** Declared networks with their subnets: those that are here first, then those that name theirs, then those that don't. */
export function settleNetworks(draft: Draft, desired: DesiredState): void {
  const { networks: seen = [], subnets = [] } = draft.observed
  const taken: Taken[] = subnets.map(({ subnet, by, isBehindRouter }) => ({
    prefix: prefixOf(subnet),
    by,
    isBehindRouter,
  }))
  for (const one of seen) taken.push(...takenBy(one))
  const declared = owners(draft, desired)
  const defaults = sortedBy((desired.networks ?? []).filter(isDefaultNetwork), ({ name }) => [name])
  for (const network of sortedBy(declared, one => settlingKey(draft, one))) settle(draft, network, taken)
  for (const one of seen) if (!draft.networks.has(one.name) && isKept(one, declared, desired)) keep(draft, one)
  for (const network of defaults) if (!draft.networks.has(network.name)) settleDefault(draft, network, taken)
  noteUnfiltered(
    draft,
    [...declared, ...defaults].map(({ name }) => name),
  )
}

/** Not declared, and not this plan's to remove. */
const isKept = (
  { name, origin }: ObservedNetwork,
  declared: readonly DesiredNetwork[],
  desired: DesiredState,
): boolean => !declared.some(one => one.name === name) && gripOn(origin, desired) !== 'prunable'

const settlingKey = ({ observed }: Draft, { name, ipv4 }: DesiredNetwork) => [
  observed.networks?.some(one => one.name === name) === true ? 0 : 1,
  ipv4 === null ? 1 : 0,
  name,
]

/** Nobody asked for it by a document, so it stands in nobody's way: where it can't be had, containers are started without. */
function settleDefault(draft: Draft, network: DesiredNetwork, taken: Taken[]): void {
  const { ruleset, noBridges } = draft.observed
  const leak = leakOf(draft, network)
  if (noBridges !== undefined) draft.unavailable.set(network.name, noBridges)
  else if (leak !== null) draft.unavailable.set(network.name, leakText(leak))
  else if (ruleset?.known === false) draft.unavailable.set(network.name, ruleset.why)
  else settle(draft, network, taken)
}

/** One a name: the one whose source already has it, else the first; the others are refused. */
function owners(draft: Draft, desired: DesiredState): DesiredNetwork[] {
  const sorted = sortedBy(declaredNetworks(desired), ({ name, origin }) => [
    name,
    origin.source,
    origin.file,
    origin.line,
    origin.column,
  ])
  const groups = Map.groupBy(sorted, ({ name }) => name)
  return [...groups.values()].flatMap(group => {
    const before = draft.observed.networks?.find(({ name }) => name === group[0]?.name)
    const owner = before === undefined || isDefaultNetwork(before) ? undefined : before.origin
    const first = group.find(({ origin }) => owner === undefined || origin.source === owner.source)
    for (const other of group)
      if (other !== first) refuse(draft, other, ownedBy(first?.origin ?? owner ?? other.origin))
    return first ?? []
  })
}

const lackOf = ({ observed: { noBridges } }: Draft): Refusal | null =>
  noBridges === undefined ? null : { code: 'no-bridges', why: noBridges }

const ownedBy = (origin: Origin): Refusal => ({ code: 'owned-by', origin })

function settle(draft: Draft, network: DesiredNetwork, taken: Taken[]): void {
  const before = draft.observed.networks?.find(({ name }) => name === network.name)
  const others = taken.filter(({ by }) => by !== nameOf(network))
  const clash = lackOf(draft) ?? leakOf(draft, network) ?? clashOf(network, before, others)
  if (clash !== null) {
    refuse(draft, network, clash)
    return before === undefined ? undefined : keep(draft, before)
  }
  const chosen = freeSubnet(others.map(({ prefix }) => prefix))
  const ipv4 = network.ipv4 ?? before?.ipv4 ?? (chosen === null ? null : firstGateway(chosen))
  if (ipv4 === null && isDefaultNetwork(network))
    return void draft.unavailable.set(network.name, 'no subnet of 10.200.0.0/13 is free')
  if (ipv4 === null) return refuse(draft, network, { code: 'subnets-exhausted' })
  const { name, labels, ipv6, masquerade, internal, mtu, filtered, origin } = network
  const id = before?.id ?? draft.mint()
  const record: NetworkRecord = {
    version: 1,
    id,
    name,
    labels,
    ipv4,
    ipv6,
    masquerade,
    internal,
    mtu,
    ...(filtered === undefined ? {} : { filtered }),
    origin: exact(origin),
  }
  taken.push(...takenBy(record))
  draft.networks.set(name, {
    record,
    step: before === undefined ? createNetwork(draft, record) : updateNetwork(draft, record, before),
  })
}

const exact = ({ source, file, line, column }: Origin): Origin => ({ source, file, line, column })

/** A subnet that it has already is nobody else's. */
function clashOf(
  network: DesiredNetwork,
  before: ObservedNetwork | undefined,
  taken: readonly Taken[],
): Refusal | null {
  for (const range of [network.ipv4, network.ipv6]) {
    if (range === null || [before?.ipv4.subnet, before?.ipv6?.subnet].includes(range.subnet)) continue
    const own = prefixOf(range.subnet)
    const other = taken.find(
      ({ prefix, isBehindRouter }) => overlaps(prefix, own) && !(isBehindRouter && prefix.length < own.length),
    )
    if (other !== undefined) return { code: 'subnet-taken', subnet: range.subnet, by: other.by }
  }
  return null
}

const nameOf = ({ name }: { readonly name: string }): string => `network ${name}`
const takenBy = (network: {
  readonly name: string
  readonly ipv4: AddressRange
  readonly ipv6: AddressRange | null
}): Taken[] =>
  [network.ipv4, network.ipv6].flatMap(range =>
    range === null ? [] : { prefix: prefixOf(range.subnet), by: nameOf(network), isBehindRouter: false },
  )

/** Of the pool's subnets, which are all /24. */
const firstGateway = (subnet: string): AddressRange => ({ subnet, gateway: subnet.replace(/0\/24$/, '1') })

function refuse(draft: Draft, network: DesiredNetwork, refusal: Refusal): void {
  const { positions, origin } = network
  const field = refusal.code !== 'subnet-taken' ? '' : refusal.subnet.includes(':') ? 'spec.subnet6' : 'spec.subnet'
  const position = placeOf(positions[field] ?? origin)
  draft.blocked.push({ subject: networkSubject(network.name), refusal, position })
}

/** As it is recorded; what others changed of it is put right. */
function keep(draft: Draft, { faults: _faults, ...before }: ObservedNetwork): void {
  const record: NetworkRecord = { version: 1, ...before }
  const leak = leakOf(draft, record)
  if (leak !== null && isDefaultNetwork(record)) draft.unavailable.set(record.name, leakText(leak))
  else if (leak !== null) draft.shut.set(record.name, leak)
  draft.networks.set(before.name, {
    record,
    step: updateNetwork(draft, record, { ...before, ...(_faults === undefined ? {} : { faults: _faults }) }),
  })
}
