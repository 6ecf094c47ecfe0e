import { psJson } from '../../status/json.ts'
import { psTable } from '../../status/objects/ps.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { psEntries } from '../views/entries.ts'
import { nothingDesired } from '../views/recorded.ts'
import { sayLostRuns } from '../passes/say-lost-runs.ts'
import { showOf } from '../output/show.ts'
import { withStartSources } from '../views/start-sources.ts'
import { sayStorage } from '../doctor/storage-line.ts'
import { askLinksOnce } from '../world/own-core.ts'
import { openView } from '../world/wire.ts'

/** All containers of this data-root, whoever declared them. */
export async function ps(context: Context): Promise<number> {
  const view = openView(context, askLinksOnce)
  if (!view.ok) return giveUp(context, view.error)
  const observed = await view.value.observe(nothingDesired)
  const entries = psEntries(view.value, await withStartSources(observed))
  const show = showOf(context)
  answer(context, { text: () => psTable(entries, show), json: () => psJson(entries, show.nowMs) })
  sayLostRuns(observed, line => context.screen.err(line))
  sayStorage(context)
  return exitCodes.done
}
