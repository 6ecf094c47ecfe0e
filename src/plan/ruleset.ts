import { isFiltered } from '../model/network.ts'
import type { StepId } from '../model/plan.ts'
import { type Ruleset, rulesetNetwork, rulesRevision, type SeenRuleset } from '../model/ruleset.ts'
import type { Accepted } from './accepted.ts'
import { addStep, type Draft } from './draft.ts'
import { openNetworks } from './network-steps.ts'
import { networksAfter, published } from './publishers.ts'
import { same } from './same.ts'

const subject = { kind: 'ruleset', name: 'nftables', id: null } as const

/** Brings the packet filter to what networks and published ports need after this plan. */
export function planRuleset(draft: Draft, accepted: readonly Accepted[]): void {
  const { ruleset: seen } = draft.observed
  const wanted = rulesetOf(draft, accepted)
  if (seen === undefined || (seen.known && isSame(seen.value, wanted))) return
  if (!seen.known) {
    if (wanted !== null) draft.blocked.push({ subject, refusal: { code: 'unreadable', why: seen.why }, position: null })
    return
  }
  const wasNeeded = (draft.observed.networks ?? []).some(isFiltered)
  const isDrift = seen.value === 'changed' || (seen.value === 'absent' && wasNeeded)
  const step = addStep(draft, {
    subject,
    action: { kind: 'apply-ruleset', ruleset: wanted },
    reason: { code: isDrift ? 'ruleset-drifted' : 'ruleset-outdated' },
    class: 'in-place',
    after: afterUnfiltered(draft),
    position: null,
  })
  openNetworks(draft, step)
}

const isSame = (seen: SeenRuleset, wanted: Ruleset | null): boolean =>
  wanted === null ? seen === 'absent' || seen === 'unmade' : same(seen, wanted)

/** A network that is to have no rules has lost what they guard (the way to the host's loopback) before they go. */
const afterUnfiltered = ({ steps }: Draft): StepId[] =>
  steps.flatMap(({ id, action }) => (action.kind === 'update-network' && !isFiltered(action.network) ? [id] : []))

/** null: nobody has a network with rules. */
function rulesetOf(draft: Draft, accepted: readonly Accepted[]): Ruleset | null {
  const networks = networksAfter(draft)
  const filtered = networks.filter(isFiltered)
  if (filtered.length === 0) return null
  return {
    revision: rulesRevision,
    networks: filtered.map(rulesetNetwork),
    ports: published(draft, accepted, networks).flatMap(({ led }) => (led.isFiltered ? led.ports : [])),
  }
}
