import type { DesiredState } from '../model/desired.ts'
import type { ContainerId } from '../model/identity.ts'
import type { ObservedState } from '../model/observed.ts'
import type { Plan } from '../model/plan.ts'
import { accept } from './accepted.ts'
import { clearRefused, mayGoOn, planContainer } from './containers.ts'
import { settleDepartures } from './departures.ts'
import { emptyDraft, finished } from './draft.ts'
import { heldOf, leaveHeld } from './left-alone.ts'
import { graphOf } from './needs.ts'
import { reserveAddresses } from './endpoints.ts'
import { settleNetworks } from './networks.ts'
import { claimPorts } from './ports.ts'
import { pruneNetworks } from './prune-networks.ts'
import { pruneContainers, reportGuarded } from './prune.ts'
import { pruneVolumes } from './prune-volumes.ts'
import { planNames } from './names.ts'
import { planProxied } from './proxied.ts'
import { planRuleset } from './ruleset.ts'
import { planVolumes } from './volumes.ts'
import { ownKey, settleNames, wantedContainers } from './wanted.ts'

/**
 * The least disturbing steps from what is observed to what is desired. Pure and total; ids and names of anonymous
 * volumes (64 hex digits) come from `mint`. The same states give the same plan, whatever the order of manifests. `stops` at once:
 * of containers that go for good, also those that would wait for another one's stop; for showing what passes will come to.
 */
export function plan(
  desired: DesiredState,
  observed: ObservedState,
  mint: () => ContainerId,
  stops: 'in order' | 'at once' = 'in order',
): Plan {
  const draft = emptyDraft(desired, observed, mint)
  const wanted = wantedContainers(desired, observed)
  const declared = new Set(desired.containers)
  const names = settleNames(wanted, draft)
  const graph = graphOf(draft, names)
  const free = graph.order.filter(({ name }) => {
    const held = heldOf(draft, name)
    if (held !== null) leaveHeld(draft, held)
    return held === null
  })
  settleNetworks(draft, desired)
  reserveAddresses(draft, free)
  claimPorts(draft, free)
  const settled = free.map(wanted => {
    const asked = { wanted, needs: graph.needsOf(wanted) }
    return { asked, accepted: accept(draft, asked, !declared.has(wanted)) }
  })
  planVolumes(
    draft,
    desired,
    settled.flatMap(({ asked, accepted }) => (accepted === null ? [] : [accepted, ...mayGoOn(draft, asked)])),
  )
  for (const { asked, accepted } of settled) {
    if (accepted === null) clearRefused(draft, asked.wanted)
    else planContainer(draft, accepted)
  }
  pruneContainers(draft, desired, new Set(wanted.map(ownKey)))
  settleDepartures(draft, stops)
  reportGuarded(draft, desired, desired.containers)
  pruneVolumes(draft, desired, wanted)
  pruneNetworks(draft, desired, wanted)
  const all = settled.flatMap(({ accepted }) => accepted ?? [])
  planRuleset(draft, all)
  planProxied(draft, all)
  planNames(draft)
  return finished(draft)
}
