import type { ContainerDeclaration } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import { type Endpoints, isFiltered, type NetworkRecord } from '../model/network.ts'
import type { StepId } from '../model/plan.ts'
import { type Ruleset, rulesetNetwork } from '../model/ruleset.ts'
import type { Accepted } from './accepted.ts'
import { sortedBy } from './candidates.ts'
import { addStep, type Draft } from './draft.ts'
import { same } from './same.ts'

const subject = { kind: 'ruleset', name: 'nftables', id: null } as const

/** Brings the packet filter to what networks and published ports need after this plan. */
export function planRuleset(draft: Draft, accepted: readonly Accepted[]): void {
  const { ruleset: seen } = draft.observed
  const wanted = rulesetOf(draft, accepted)
  if (seen === undefined || (seen.known && same(seen.value, wanted ?? 'absent'))) return
  if (!seen.known) {
    if (wanted !== null) draft.blocked.push({ subject, refusal: { code: 'unreadable', why: seen.why }, position: null })
    return
  }
  const wasNeeded = (draft.observed.networks ?? []).some(isFiltered)
  const isDrift = seen.value === 'changed' || (seen.value === 'absent' && wasNeeded)
  addStep(draft, {
    subject,
    action: { kind: 'apply-ruleset', ruleset: wanted },
    reason: { code: isDrift ? 'ruleset-drifted' : 'ruleset-outdated' },
    class: 'in-place',
    after: afterUnfiltered(draft),
    position: null,
  })
}

/** A network that is to have no rules has lost what they guard (the way to the host's loopback) before they go. */
const afterUnfiltered = ({ steps }: Draft): StepId[] =>
  steps.flatMap(({ id, action }) => (action.kind === 'update-network' && !isFiltered(action.network) ? [id] : []))

/** null: nobody has a network with rules. */
function rulesetOf(draft: Draft, accepted: readonly Accepted[]): Ruleset | null {
  const networks = networksAfter(draft)
  const filtered = networks.filter(isFiltered)
  if (filtered.length === 0) return null
  return {
    networks: filtered.map(rulesetNetwork),
    ports: sortedBy(publishers(draft, accepted), ({ name }) => [name]).flatMap(publisher =>
      portsOf(publisher, networks),
    ),
  }
}

/** Those that are settled, and those that wait for their removal. */
function networksAfter({ networks, observed, leavingNetworks }: Draft): Omit<NetworkRecord, 'version'>[] {
  const settled = [...networks.values()].map(({ record }) => record)
  const others = (observed.networks ?? []).filter(({ name }) => !networks.has(name) && !leavingNetworks.has(name))
  return sortedBy([...settled, ...others], ({ name }) => [name])
}

type Publisher = Pick<ContainerDeclaration, 'networks' | 'ports'> & {
  readonly name: string
  readonly endpoints: Endpoints
}

/** What this plan accepts, and what is recorded beside that and stays for now: whoever plans for one source sees the same of the others. */
function publishers(draft: Draft, accepted: readonly Accepted[]): Publisher[] {
  const planned = new Map(accepted.map(one => [fullName(one.name), one]))
  const wanted = accepted.filter(({ state }) => state !== 'stopped').map(one => publisher(draft, one))
  const others = draft.observed.containers
    .filter(({ id, declaration, phase }) => {
      const isLeaving = draft.gone.has(id) || (phase.known && phase.value.phase === 'deleting')
      return declaration.state !== 'stopped' && !isLeaving && !planned.has(fullName(declaration.name))
    })
    .map(({ declaration, endpoints = {} }) => ({ ...declaration, name: fullName(declaration.name), endpoints }))
  return [...wanted, ...others]
}

/** An address that no step of this plan writes down may be another one by then, so nothing leads there yet. */
function publisher(draft: Draft, { name, ports = [], networks = [], endpoints }: Accepted): Publisher {
  const own = fullName(name)
  const here = (draft.byName.get(own) ?? []).filter(({ id }) => !draft.gone.has(id))
  const isWritten =
    draft.created.has(own) ||
    draft.steps.some(({ action }) => action.kind === 'connect-container' && here.some(({ id }) => id === action.id))
  return { name: own, ports, networks, endpoints: (isWritten ? endpoints : undefined) ?? here[0]?.endpoints ?? {} }
}

/** They lead to the first network that isn't internal and that it is on; by rules where that one has them. */
function portsOf(
  { ports = [], networks = [], endpoints }: Publisher,
  all: readonly Omit<NetworkRecord, 'version'>[],
): Ruleset['ports'] {
  const outlet = networks
    .flatMap(({ name }) => all.find(one => one.name === name && !one.internal) ?? [])
    .find(({ name }) => endpoints[name] !== undefined)
  const endpoint = outlet === undefined || !isFiltered(outlet) ? undefined : endpoints[outlet.name]
  if (endpoint === undefined) return []
  return ports.map(({ protocol, hostAddress, hostPort, containerPort }) => ({
    protocol,
    hostAddress,
    hostPort,
    containerPort,
    ipv4: endpoint.ipv4,
    ipv6: endpoint.ipv6,
  }))
}
