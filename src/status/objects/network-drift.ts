import type { DesiredState } from '../../model/desired.ts'
import { isSwitch } from '../../model/drift-fields.ts'
import { fullName } from '../../model/identity.ts'
import type { LinkFault } from '../../model/network-facts.ts'
import type { ObservedContainer, ObservedNetwork, ObservedState } from '../../model/observed.ts'
import type { Step } from '../../model/plan.ts'
import type { Drift } from './drift-row.ts'

/** What of a running container's interfaces is not as recorded. */
export function linkDrifts(container: ObservedContainer): Drift[] {
  const { linkFaults, declaration, id } = container
  if (linkFaults?.known !== true) return []
  const about = { kind: 'container', name: fullName(declaration.name), id } as const
  return linkFaults.value.map(fault => ({ ...about, ...values(fault), repair: 'in place: reconnect', blocked: false }))
}

/** What processes of ours beside a running container don't do for it. */
export function serviceDrifts(container: ObservedContainer): Drift[] {
  const { serviceFaults, declaration, id } = container
  if (serviceFaults?.known !== true) return []
  const about = { kind: 'container', name: fullName(declaration.name), id } as const
  return serviceFaults.value.map(fault => ({ ...about, ...values(fault), repair: 'in place: serve', blocked: false }))
}

/** What of these networks' bridges, and of forwarding, is not as recorded. */
export const networkDrifts = (networks: readonly ObservedNetwork[]): Drift[] =>
  networks.flatMap(({ name, id, faults }) => {
    if (faults?.known !== true) return []
    const about = { kind: 'network', name, id } as const
    return faults.value.map(fault => ({ ...about, ...values(fault), repair: repairOf(fault), blocked: false }))
  })

const repairOf = ({ field, desired, kernel }: LinkFault): string =>
  isSwitch(field)
    ? `in place: write ${desired}`
    : kernel === 'missing' && field.startsWith('bridge ')
      ? 'in place: make it again'
      : 'in place: put right'

const values = ({ field, desired, kernel }: LinkFault) => ({ field, desired, recorded: desired, kernel })

/** The table of the packet filter, if a pass would put it back because somebody else has changed it. */
export function rulesetDrift({ ruleset }: ObservedState, steps: readonly Step[]): Drift[] {
  const step = steps.find(({ reason }) => reason.code === 'ruleset-drifted')
  if (step === undefined || ruleset?.known !== true) return []
  const { kind, name } = { kind: 'ruleset', name: step.subject.name } as const
  const kernel = ruleset.value === 'absent' ? 'absent' : 'changed'
  const text = 'as applied'
  return [
    {
      kind,
      name,
      id: name,
      field: 'rules',
      desired: text,
      recorded: text,
      kernel,
      repair: 'in place: apply',
      blocked: false,
    },
  ]
}

/** Declared networks, and those that these containers are on. */
export function networksConcerned(
  { networks: declared = [] }: Pick<DesiredState, 'networks'>,
  { networks = [] }: ObservedState,
  containers: readonly ObservedContainer[],
): ObservedNetwork[] {
  const used = containers.flatMap(({ endpoints = {} }) => Object.values(endpoints).map(({ networkId }) => networkId))
  const ids = new Set(used)
  const names = new Set(declared.map(({ name }) => name))
  return networks.filter(({ name, id }) => names.has(name) || ids.has(id))
}
