import { isDefaultNetwork } from '../model/default-networks.ts'
import { isFiltered, type NetworkRecord } from '../model/network.ts'
import type { NoFilter } from '../model/network-facts.ts'
import type { Notice, Refusal } from '../model/plan.ts'
import { bridgeName } from '../model/ruleset.ts'
import { type Draft, networkSubject } from './draft.ts'

type Seen = Pick<Draft, 'observed'>
type OfFilter = Pick<NetworkRecord, 'filtered' | 'ipv6'>
type Leak = Extract<Refusal, { readonly code: 'no-filter' }>

/** Whether its isolation and its published ports are matters of the packet filter. */
export const isByRules = ({ observed }: Seen, network: Pick<NetworkRecord, 'filtered'>): boolean =>
  isFiltered(network) && observed.noFilter === undefined

/** Why a network can't be had without a packet filter: this host would hand its packets on to others. null: it can. */
export function leakOf({ observed: { noFilter } }: Seen, network: OfFilter): Leak | null {
  if (noFilter === undefined || !isFiltered(network)) return null
  const setting = settingOf(noFilter, network)
  return setting === null ? null : { code: 'no-filter', why: noFilter.why, setting }
}

const settingOf = ({ forwards }: NoFilter, { ipv6 }: OfFilter): string | null =>
  forwards.ipv4 ?? (ipv6 === null ? null : forwards.ipv6)

export const leakText = ({ why, setting }: Leak): string => `${why}; ${setting} is 1`

/** No rules keep it apart: this host has none, or they come by this plan. What they guard is opened after that. */
export function isUnguarded({ observed }: Seen, network: NetworkRecord): boolean {
  const { noFilter, ruleset } = observed
  if (noFilter !== undefined) return true
  if (!isFiltered(network) || ruleset?.known !== true || ruleset.value === 'changed') return false
  return (
    typeof ruleset.value === 'string' || !ruleset.value.networks.some(({ bridge }) => bridge === bridgeName(network.id))
  )
}

/** Says of each of these networks what it is without on a host that has no packet filter. */
export function noteUnfiltered(draft: Draft, names: readonly string[]): void {
  const { noFilter } = draft.observed
  if (noFilter === undefined) return
  for (const name of names) {
    const record = draft.networks.get(name)?.record
    const withoutFilter = record === undefined || record.internal ? null : lackOf(draft, noFilter, record)
    if (withoutFilter !== null)
      draft.notices.push({ subject: networkSubject(name), unenforceable: [], withoutFilter, position: null })
  }
}

function lackOf(draft: Draft, noFilter: NoFilter, record: NetworkRecord): NonNullable<Notice['withoutFilter']> | null {
  if (settingOf(noFilter, record) === null)
    return isFiltered(record)
      ? { lacks: 'filter', why: noFilter.why }
      : { lacks: 'forwarding', why: 'net.ipv4.ip_forward is 0, and without a packet filter it is left so' }
  const leak = leakOf(draft, record)
  // a declared one is refused with that
  return leak !== null && isDefaultNetwork(record) ? { lacks: 'isolation', why: leakText(leak) } : null
}
