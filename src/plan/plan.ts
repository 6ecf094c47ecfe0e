import type { DesiredState } from '../model/desired.ts'
import type { ContainerId } from '../model/identity.ts'
import type { ObservedState } from '../model/observed.ts'
import type { Plan } from '../model/plan.ts'
import { accept } from './accepted.ts'
import { clearRefused, planContainer } from './containers.ts'
import { emptyDraft, finished } from './draft.ts'
import { heldOf, leaveHeld } from './left-alone.ts'
import { pruneContainers, reportGuarded } from './prune.ts'
import { pruneVolumes } from './prune-volumes.ts'
import { planVolumes } from './volumes.ts'
import { ownKey, settleNames, wantedContainers } from './wanted.ts'

/**
 * The least disturbing steps from what is observed to what is desired. Pure and total; ids and names of anonymous
 * volumes (64 hex digits) come from `mint`. The same states give the same plan, whatever the order of manifests.
 */
export function plan(desired: DesiredState, observed: ObservedState, mint: () => ContainerId): Plan {
  const draft = emptyDraft(observed, mint)
  const wanted = wantedContainers(desired, observed)
  const declared = new Set(desired.containers)
  const free = settleNames(wanted, draft).filter(({ name }) => {
    const held = heldOf(draft, name)
    if (held !== null) leaveHeld(draft, held)
    return held === null
  })
  const settled = free.map(container => ({
    container,
    accepted: accept(draft, container, !declared.has(container)),
  }))
  planVolumes(
    draft,
    desired,
    settled.flatMap(({ accepted }) => accepted ?? []),
  )
  for (const { container, accepted } of settled) {
    if (accepted === null) clearRefused(draft, container)
    else planContainer(draft, accepted)
  }
  pruneContainers(draft, desired, new Set(wanted.map(ownKey)))
  reportGuarded(draft, desired, desired.containers)
  pruneVolumes(draft, desired, wanted)
  return finished(draft)
}
