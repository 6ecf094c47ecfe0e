import { wantedContainers } from '../../plan/wanted.ts'
import { driftReport, driftText } from '../../status/objects/drift.ts'
import { exitCodeOfDrift } from '../../status/exit-code.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { openManifests } from '../manifests/manifests.ts'
import { dryPlan } from '../passes/dry-plan.ts'
import { refuseAllMissing, sayMissing } from '../manifests/missing-sources.ts'
import { sayProblems } from '../manifests/say-problems.ts'
import { sayRevisions } from '../manifests/say-revisions.ts'
import { showOf } from '../output/show.ts'
import { askOnce } from '../world/own-core.ts'
import { openView } from '../world/wire.ts'

/** Only where the kernel differs from what was last applied; edits of manifests are `plan`'s. */
export async function drift(context: Context, paths: readonly string[]): Promise<number> {
  const view = openView(context, askOnce)
  if (!view.ok) return giveUp(context, view.error)
  const manifests = await openManifests(context, paths, 'look')
  const reading = await manifests.read()
  const { desired } = reading
  const observed = await view.value.observe(desired)
  // with what files declared that can't be read as manifests now: their last good state still holds
  const containers = wantedContainers(desired, observed)
  const report = driftReport({ containers, networks: desired.networks ?? [] }, observed, dryPlan(desired, observed))
  const show = showOf(context, manifests.display)
  sayRevisions(context, reading, null)
  sayProblems(context, reading, 'would be', show)
  const missing = refuseAllMissing(context, reading)
  if (missing !== null) return missing
  answer(context, { text: () => driftText(report, show), json: () => report })
  const code = exitCodeOfDrift(report)
  const withProblems = code === exitCodes.done && desired.problems.length > 0 ? exitCodes.invalid : code
  return sayMissing(context, reading, withProblems)
}
