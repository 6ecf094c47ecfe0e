import { psJson } from '../../status/json.ts'
import { psTable } from '../../status/ps.ts'
import { answer } from '../answer.ts'
import { type Context, exitCodes, giveUp } from '../context.ts'
import { psEntries } from '../entries.ts'
import { nothingDesired } from '../recorded.ts'
import { sayLostRuns } from '../say-lost-runs.ts'
import { showOf } from '../show.ts'
import { sayStorage } from '../storage-line.ts'
import { openView } from '../wire.ts'

/** All containers of this data-root, whoever declared them. */
export async function ps(context: Context): Promise<number> {
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const observed = await view.value.observe(nothingDesired)
  const entries = psEntries(view.value, observed)
  const show = showOf(context)
  answer(context, { text: () => psTable(entries, show), json: () => psJson(entries, show.nowMs) })
  sayLostRuns(observed, line => context.screen.err(line))
  sayStorage(context)
  return exitCodes.done
}
