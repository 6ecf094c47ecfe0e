import type { DesiredState } from '../model/desired.ts'
import type { ContainerId, Position, Subject } from '../model/identity.ts'
import type { ObservedContainer, ObservedState } from '../model/observed.ts'
import { fullName } from '../model/identity.ts'
import type { NetworkRecord, PublishedPort } from '../model/network.ts'
import type { Blocked, LeftAlone, Notice, Plan, Reason, Refusal, Step, StepId, Waiting } from '../model/plan.ts'

/** A plan while it is written. Lives for one call of `plan`; steps are only ever appended, and starts told at the end what the proxy holds for them. */
export type Draft = {
  readonly observed: ObservedState
  /** the observed containers of each full name, in their order: the same name is looked up again and again */
  readonly byName: ReadonlyMap<string, readonly ObservedContainer[]>
  readonly mint: () => ContainerId
  readonly steps: Step[]
  readonly waiting: Waiting[]
  readonly blocked: Blocked[]
  readonly notices: Notice[]
  readonly left: LeftAlone[]
  /** containers that a step of this plan deletes */
  readonly gone: Map<ContainerId, StepId>
  /** volumes that wanted containers name, and anonymous ones that a container made by this plan has taken over or got */
  readonly taken: Set<string>
  /** volumes that a step of this plan creates */
  readonly made: Map<string, StepId>
  /** networks that containers can be on after this plan */
  readonly networks: Map<string, SettledNetwork>
  /** default networks that can't be had here → why: containers that are not on them are started without */
  readonly unavailable: Map<string, string>
  /** networks that are here, and that nobody can come to → why */
  readonly shut: Map<string, Refusal>
  /** networks that are here, and whose rules this plan brings → why they are opened behind these */
  readonly opened: Map<string, Reason>
  /** networks that a step of this plan removes */
  readonly leavingNetworks: Set<string>
  /** of each network: address → full name of who has it or gets it */
  readonly addresses: Map<string, Map<string, string>>
  /** `<network> <address>` → full name of who declares it */
  readonly reserved: Map<string, string>
  /** the first claim on a port is the good one */
  readonly ports: { readonly port: PublishedPort; readonly by: string }[]
  /** references whose pull a step of this plan begins */
  readonly pulled: Set<string>
  /** names of containers that a step of this plan starts */
  readonly starts: Map<string, StepId>
  /** names of containers that a step of this plan makes */
  readonly created: Set<string>
  /** containers that this plan stops, now or once others have stopped */
  readonly stopping: Set<ContainerId>
  /** to be stopped or deleted for good, in an order that is settled at the end */
  readonly departures: Departure[]
  /** whether anything depends on another one, and the order of stops matters */
  readonly ordersStops: boolean
}

/** A network that containers can be on after this plan. `step`: what makes it so; null: nothing is to be done. */
type SettledNetwork = { readonly record: NetworkRecord; readonly step: StepId | null }

/** `go`: what it stops or is deleted by; a deletion comes behind these steps */
export type Departure = { readonly container: ObservedContainer; readonly go: (after: readonly StepId[]) => void }

export const emptyDraft = (
  { containers }: Pick<DesiredState, 'containers'>,
  observed: ObservedState,
  mint: () => ContainerId,
): Draft => ({
  observed,
  byName: Map.groupBy(observed.containers, ({ declaration }) => fullName(declaration.name)),
  mint,
  steps: [],
  waiting: [],
  blocked: [],
  notices: [],
  left: [],
  gone: new Map(),
  taken: new Set(),
  made: new Map(),
  networks: new Map(),
  unavailable: new Map(),
  shut: new Map(),
  opened: new Map(),
  leavingNetworks: new Set(),
  addresses: new Map(),
  reserved: new Map(),
  ports: [],
  pulled: new Set(),
  starts: new Map(),
  created: new Set(),
  stopping: new Set(),
  departures: [],
  ordersStops: [...containers, ...observed.containers.map(({ declaration }) => declaration)].some(
    ({ dependsOn = [] }) => dependsOn.length > 0,
  ),
})

export function addStep(draft: Draft, step: Omit<Step, 'id'>): StepId {
  const id = draft.steps.length + 1
  draft.steps.push({ id, ...step })
  const { subject, action } = step
  if (action.kind === 'start-container') draft.starts.set(subject.name, id)
  if (action.kind === 'create-container') draft.created.add(subject.name)
  if (action.kind === 'begin-stop') draft.stopping.add(action.id)
  return id
}

export const finished = ({ steps, waiting, blocked, notices, left }: Draft): Plan => ({
  steps,
  waiting,
  blocked,
  notices,
  ...(left.length === 0 ? {} : { left }),
})

export const containerSubject = (container: Pick<ObservedContainer, 'id' | 'declaration'>): Subject => ({
  kind: 'container',
  name: fullName(container.declaration.name),
  id: container.id,
})

export const volumeSubject = (name: string): Subject => ({ kind: 'volume', name, id: null })

export const networkSubject = (name: string): Subject => ({ kind: 'network', name, id: null })

export const imageSubject = (reference: string): Subject => ({ kind: 'image', name: reference, id: null })

export const placeOf = ({ file, line, column }: Position): Position => ({ file, line, column })
