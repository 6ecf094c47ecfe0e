import { isDefaultNetwork } from '../model/default-networks.ts'
import { isOpening } from '../model/drift-fields.ts'
import type { Position } from '../model/identity.ts'
import { isFiltered, type NetworkRecord } from '../model/network.ts'
import type { LinkFault } from '../model/network-facts.ts'
import type { ObservedNetwork } from '../model/observed.ts'
import type { Reason, StepId } from '../model/plan.ts'
import { onlyMoved, sameOrigin } from './changes.ts'
import { linksDrifted } from './connect.ts'
import { addStep, type Draft, networkSubject, placeOf } from './draft.ts'
import { isUnguarded } from './filtering.ts'
import { same } from './same.ts'

/** What its rules guard of a new one is opened at once: they come by the same plan. */
export const createNetwork = (draft: Draft, network: NetworkRecord): StepId =>
  addStep(draft, {
    subject: networkSubject(network.name),
    action: {
      kind: 'create-network',
      network,
      ...(draft.observed.noFilter === undefined ? {} : { unguarded: true as const }),
    },
    reason: { code: 'missing' },
    class: 'create',
    after: [],
    position: placeOfNetwork(network),
  })

const placeOfNetwork = (network: NetworkRecord): Position | null =>
  isDefaultNetwork(network) ? null : placeOf(network.origin)

/** Brings a network that is here to its record. What its rules guard is opened behind them where this plan brings them. */
export function updateNetwork(draft: Draft, network: NetworkRecord, before: ObservedNetwork): StepId | null {
  const fields = changedFields(network, before)
  const faults = before.faults?.known === true ? before.faults.value : []
  const unguarded = isUnguarded(draft, network)
  if (!unguarded || draft.observed.noFilter !== undefined) return update(draft, network, fields, faults, unguarded)
  const opening = faults.filter(({ field }) => isOpening(field))
  const others = faults.filter(({ field }) => !isOpening(field))
  const isForRules = fields.includes('spec.firewall')
  const isWhole = others.length === 0 && fields.every(field => field === 'spec.firewall')
  const step = isWhole ? null : update(draft, network, fields, others, true)
  if (isForRules) draft.opened.set(network.name, changed(['spec.firewall']))
  else if (opening.length > 0) draft.opened.set(network.name, linksDrifted(opening))
  // it has closed what is open
  else if (step !== null) draft.opened.set(network.name, fields.length > 0 ? changed(fields) : linksDrifted(others))
  return step
}

const changed = (fields: readonly string[]): Reason => ({ code: 'record-changed', fields })

/** Networks whose rules a step of this plan brings: what these guard is opened then. */
export function openNetworks(draft: Draft, rules: StepId): void {
  for (const [name, reason] of draft.opened) {
    const network = draft.networks.get(name)?.record
    if (network === undefined) continue
    addStep(draft, {
      subject: networkSubject(name),
      action: { kind: 'update-network', network },
      reason,
      class: 'in-place',
      after: [rules],
      position: placeOfNetwork(network),
    })
  }
}

function update(
  draft: Draft,
  network: NetworkRecord,
  fields: readonly string[],
  faults: readonly LinkFault[],
  unguarded: boolean,
): StepId | null {
  if (fields.length === 0 && faults.length === 0) return null
  return addStep(draft, {
    subject: networkSubject(network.name),
    action: { kind: 'update-network', network, ...(unguarded ? { unguarded } : {}) },
    reason: fields.length > 0 ? changed(fields) : linksDrifted(faults),
    class: onlyMoved(fields) && faults.length === 0 ? 'bookkeeping' : 'in-place',
    after: [],
    position: placeOfNetwork(network),
  })
}

function changedFields(wanted: NetworkRecord, before: ObservedNetwork): string[] {
  const compared: readonly (readonly [field: string, same: boolean])[] = [
    ['spec.labels', same(wanted.labels, before.labels)],
    ['spec.subnet', same(wanted.ipv4, before.ipv4)],
    ['spec.subnet6', same(wanted.ipv6, before.ipv6)],
    ['spec.masquerade', wanted.masquerade === before.masquerade],
    ['spec.internal', wanted.internal === before.internal],
    ['spec.mtu', wanted.mtu === before.mtu],
    ['spec.firewall', isFiltered(wanted) === isFiltered(before)],
    ['origin', sameOrigin(wanted.origin, before.origin)],
  ]
  return compared.filter(([, unchanged]) => !unchanged).map(([field]) => field)
}
