import { readHistory } from '../../dataroot/records/history.ts'
import type { ObservedContainer } from '../../model/observed.ts'
import type { Plan } from '../../model/plan.ts'
import { whyJson } from '../../status/json.ts'
import { whyText } from '../../status/objects/why.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { readItsFile } from '../manifests/its-file.ts'
import { dryPlan } from '../passes/dry-plan.ts'
import { findEntry, psEntries } from '../views/entries.ts'
import { notHere } from '../views/not-here.ts'
import { nothingDesired } from '../views/recorded.ts'
import { showOf } from '../output/show.ts'
import { withStartSources } from '../views/start-sources.ts'
import { askOnce } from '../world/own-core.ts'
import { openView, type View } from '../world/wire.ts'

/** How a container came to be as it is, and what a pass over its manifest would do now. */
export async function why(context: Context, name: string): Promise<number> {
  const view = openView(context, askOnce)
  if (!view.ok) return giveUp(context, view.error)
  const observed = await view.value.observe(nothingDesired)
  const entries = psEntries(view.value, await withStartSources(observed))
  const entry = findEntry(entries, name)
  if (entry === null) return giveUp(context, notHere(name, entries))
  const history = readHistory(view.value.paths, entry.container.id)
  const plan = await planOfItsFile(context, view.value, entry.container)
  const show = showOf(context)
  answer(context, {
    text: () => whyText({ entry, history, plan, observed }, show),
    json: () => whyJson(entry, history, plan, show.nowMs),
  })
  return exitCodes.done
}

/** Null when the file that declared it can't be read as a manifest any more. */
async function planOfItsFile(context: Context, view: View, { origin }: ObservedContainer): Promise<Plan | null> {
  const desired = await readItsFile(context, origin)
  return desired === null ? null : dryPlan(desired, await view.observe(desired))
}
