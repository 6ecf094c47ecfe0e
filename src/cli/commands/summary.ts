import { psJson, volumesJson } from '../../status/json.ts'
import { summaryText } from '../../status/objects/summary.ts'
import { volumeUses } from '../../status/objects/volumes.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { psEntries } from '../views/entries.ts'
import { nothingDesired } from '../views/recorded.ts'
import { sayLostRuns } from '../passes/say-lost-runs.ts'
import { showOf } from '../output/show.ts'
import { withStartSources } from '../views/start-sources.ts'
import { openPlanningView } from '../views/planning-view.ts'

/** Bare `reconcile`: what runs here, and what to type next. */
export async function summary(context: Context): Promise<number> {
  const view = openPlanningView(context)
  if (!view.ok) return giveUp(context, view.error)
  const observed = await view.value.observe(nothingDesired)
  const entries = psEntries(view.value, await withStartSources(observed))
  const show = showOf(context)
  answer(context, {
    text: () => summaryText(entries, observed.volumes, show),
    json: () => ({
      containers: psJson(entries, show.nowMs),
      volumes: volumesJson(volumeUses(observed.volumes, observed.containers)),
    }),
  })
  sayLostRuns(observed, line => context.screen.err(line))
  return exitCodes.done
}
