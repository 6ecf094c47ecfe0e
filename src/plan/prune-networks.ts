import { isDefaultNetwork } from '../model/default-networks.ts'
import type { DesiredContainer, DesiredState } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { ObservedNetwork } from '../model/observed.ts'
import type { StepId } from '../model/plan.ts'
import { addStep, type Draft, networkSubject } from './draft.ts'
import { absentLongEnough } from './prune.ts'
import { gripOn } from './sources.ts'

/** Removes undeclared networks once nobody is on them. */
export function pruneNetworks(draft: Draft, desired: DesiredState, wanted: readonly DesiredContainer[]): void {
  for (const network of draft.observed.networks ?? []) {
    if (isDefaultNetwork(network)) {
      pruneDefault(draft, network, wanted)
      continue
    }
    if (draft.networks.has(network.name) || gripOn(network.origin, desired) !== 'prunable') continue
    if (desired.networks?.some(({ name }) => name === network.name)) continue
    if (absentLongEnough(draft, desired, networkSubject(network.name))) prune(draft, desired, network, wanted)
  }
}

/** Whoever is on it keeps it, whatever source that is of. */
function pruneDefault(draft: Draft, { name, id }: ObservedNetwork, wanted: readonly DesiredContainer[]): void {
  const settled = draft.networks.get(name)
  if (settled !== undefined && !isDefaultNetwork(settled.record)) return
  if (wanted.some(({ networks }) => networks?.some(use => use.name === name))) return
  const users = usersOf(draft, id, name)
  const leaving = users.map(user => leave(draft, user.id, name))
  if (leaving.some(steps => steps.length === 0)) return
  draft.networks.delete(name)
  remove(draft, { id, name }, [...leaving.flat(), ...(settled?.step == null ? [] : [settled.step])], 'unused')
}

function prune(
  draft: Draft,
  desired: DesiredState,
  network: ObservedNetwork,
  wanted: readonly DesiredContainer[],
): void {
  const { name, id } = network
  const users = usersOf(draft, id, name)
  const leaving = users.flatMap(user => leave(draft, user.id, name))
  const staying = users.filter(user => leave(draft, user.id, name).length === 0)
  const keeper = wanted.find(({ networks }) => networks?.some(use => use.name === name))
  const stranger = staying.find(user => gripOn(user.origin, desired) === 'untouched')?.declaration
  const by = keeper ?? stranger
  if (by !== undefined) {
    const refusal = { code: 'network-used', by: fullName(by.name) } as const
    draft.blocked.push({ subject: networkSubject(name), refusal, position: null })
    return
  }
  // its members are on their way out; the pass that sees them gone removes it
  if (staying.length > 0) return
  remove(draft, { id, name }, leaving, 'undeclared')
}

const usersOf = ({ observed }: Draft, id: string, name: string) =>
  observed.containers.filter(({ endpoints }) => endpoints?.[name]?.networkId === id)

function remove(
  draft: Draft,
  network: Pick<ObservedNetwork, 'id' | 'name'>,
  after: readonly StepId[],
  code: 'undeclared' | 'unused',
): void {
  draft.leavingNetworks.add(network.name)
  addStep(draft, {
    subject: networkSubject(network.name),
    action: { kind: 'delete-network', network },
    reason: { code },
    class: 'remove',
    after: after.toSorted((a, b) => a - b),
    position: null,
  })
}

/** The steps that remove a container, or take it off the network. */
function leave({ gone, steps }: Draft, id: string, network: string): StepId[] {
  const removal = gone.get(id)
  if (removal !== undefined) return [removal]
  return steps.flatMap(({ action, id: step }) =>
    action.kind === 'connect-container' && action.id === id && action.endpoints[network] === undefined ? [step] : [],
  )
}
