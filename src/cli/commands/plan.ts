import type { DesiredState } from '../../model/desired.ts'
import type { ObservedState } from '../../model/observed.ts'
import type { Plan } from '../../model/plan.ts'
import { outcomeAnnotations } from '../../status/passes/annotations.ts'
import { exitCodeOfPlan } from '../../status/exit-code.ts'
import { planJson, revisionsJson } from '../../status/json.ts'
import { planText } from '../../status/passes/plan.ts'
import { answer } from '../context/answer.ts'
import { type Context, giveUp } from '../context/context.ts'
import { openManifests } from '../manifests/manifests.ts'
import { afterPulls, dryPlan } from '../passes/dry-plan.ts'
import { refuseAllMissing, sayMissing } from '../manifests/missing-sources.ts'
import { sayLostRuns } from '../passes/say-lost-runs.ts'
import { sayProblems } from '../manifests/say-problems.ts'
import { sayRevisions } from '../manifests/say-revisions.ts'
import { showOf } from '../output/show.ts'
import { openPlanningView } from '../views/planning-view.ts'

/**
 * What a pass would do, and why; changes nothing, takes no lock, and needs no data-root. Asks registries as a pass would,
 * for images that it would pull.
 */
export async function planCommand(context: Context, paths: readonly string[]): Promise<number> {
  const view = openPlanningView(context)
  if (!view.ok) return giveUp(context, view.error)
  const manifests = await openManifests(context, paths, 'look')
  const reading = await manifests.read()
  const { desired } = reading
  const observed = await view.value.observe(desired)
  const plan = await planned(context, desired, observed)
  const show = showOf(context, manifests.display)
  sayRevisions(context, reading, null)
  sayProblems(context, reading, 'would be', show)
  sayLostRuns(observed, line => context.screen.err(line))
  const missing = refuseAllMissing(context, reading)
  if (missing !== null) return missing
  if (context.options.annotates) context.screen.out(outcomeAnnotations(plan, [], show).join('\n'))
  answer(context, {
    text: () => planText(plan, desired, observed, show),
    json: () => ({ ...planJson(plan, desired, observed), ...revisionsJson(reading.revisions) }),
  })
  return sayMissing(context, reading, exitCodeOfPlan(plan, desired.problems))
}

/** Nothing of registries is loaded where no image is pulled. */
async function planned(context: Context, desired: DesiredState, observed: ObservedState): Promise<Plan> {
  const first = dryPlan(desired, observed)
  if (desired.containers.every(({ spec }) => spec.image === null)) return first
  const { withImagesAsked } = await import('../pulls/asked-images.ts')
  const asked = await withImagesAsked(context, desired, observed)
  return asked === observed ? first : afterPulls(first, dryPlan(desired, asked))
}
