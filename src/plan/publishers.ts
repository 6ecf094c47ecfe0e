import type { ContainerDeclaration } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { Endpoints, NetworkRecord } from '../model/network.ts'
import { type Led, ledPorts } from '../model/proxied-ports.ts'
import type { Accepted } from './accepted.ts'
import { sortedBy } from './candidates.ts'
import type { Draft } from './draft.ts'
import { isByRules } from './filtering.ts'

type Network = Omit<NetworkRecord, 'version'>

/** Whose ports are published after this plan, in the order of names. */
export const published = (
  draft: Draft,
  accepted: readonly Accepted[],
  networks: readonly Network[],
): { readonly name: string; readonly led: Led }[] => {
  const filtered = networks.map(network => ({ ...network, filtered: isByRules(draft, network) }))
  return sortedBy(publishers(draft, accepted), ({ name }) => [name]).map(publisher => ({
    name: publisher.name,
    led: ledPorts(publisher, filtered),
  }))
}

/** Those that are settled, and those that wait for their removal. */
export function networksAfter({ networks, observed, leavingNetworks }: Draft): Network[] {
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
