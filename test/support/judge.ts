import type { Situation } from './arbitraries.ts'
import { modelHost } from './model-host.ts'
import { type Crash, inPlanOrder, type Planner, settle } from './model-passes.ts'
import { complaints } from './satisfies.ts'

/** Lets a planner loose on a situation; what is wrong with what comes out of it. */
export function judge(
  planner: Planner,
  { desired, observed, behaviours, remotes }: Situation,
  crashes: readonly Crash[] = [],
  pick = inPlanOrder,
): string[] {
  const host = modelHost(observed, behaviours, remotes)
  const settled = settle(planner, desired, host, crashes, pick)
  const evidence = {
    desired,
    before: observed,
    after: host.observe(),
    touches: host.touches,
    plannedStops: settled.plannedStops,
    behaviours,
    contentsOf: host.contentsOf,
    arrivedAtMs: host.arrivedAtMs,
  }
  return [
    ...settled.leftover.map(text => `a plan was carried out and left: ${text}`),
    ...(settled.quiet ? [] : [`not quiet after ${settled.passes} passes`]),
    ...host.violations,
    ...(settled.quiet ? complaints(evidence) : []),
  ]
}
