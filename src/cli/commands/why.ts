import { readHistory } from '../../dataroot/records/history.ts'
import type { ObservedContainer, ObservedState } from '../../model/observed.ts'
import type { Plan } from '../../model/plan.ts'
import { whyJson } from '../../status/json.ts'
import type { Path } from '../../status/objects/packet-path.ts'
import { whyText } from '../../status/objects/why.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { readItsFile } from '../manifests/its-file.ts'
import { dryPlan } from '../passes/dry-plan.ts'
import { findEntry, psEntries } from '../views/entries.ts'
import { whyReached } from './why-reached.ts'
import { notHere } from '../views/not-here.ts'
import { askedPort, pathsTo } from '../views/packet-paths.ts'
import { nothingDesired } from '../views/recorded.ts'
import { showOf } from '../output/show.ts'
import { withStartSources } from '../views/start-sources.ts'
import { askOnce } from '../world/own-core.ts'
import { openView, type View } from '../world/wire.ts'

/** How a container came to be as it is, and what a pass over its manifest would do now; of `NAME:PORT` the way of a packet to it. */
export async function why(context: Context, asked: string, from: string | null = null): Promise<number> {
  const [name = '', port] = asked.split(':')
  if (from !== null && port === undefined)
    return giveUp(context, { exit: exitCodes.usage, message: `--from asks for the way to a port: write ${name}:80` })
  const view = openView(context, askOnce)
  if (!view.ok) return giveUp(context, view.error)
  const observed = await view.value.observe(nothingDesired)
  const entries = psEntries(view.value, await withStartSources(observed))
  const entry = findEntry(entries, name)
  if (entry === null) return giveUp(context, notHere(name, entries))
  if (port !== undefined)
    return whyReached(context, view.value, { observed, entries }, { container: entry.container, port, from })
  const history = readHistory(view.value.paths, entry.container.id)
  const paths = await publishedPaths(view.value, observed, entry.container)
  const plan = await planOfItsFile(context, view.value, entry.container)
  const show = showOf(context)
  answer(context, {
    text: () => whyText({ entry, history, plan, observed, paths }, show),
    json: () => whyJson({ entry, history, plan, paths }, show.nowMs),
  })
  return exitCodes.done
}

/** Of a container that runs; root alone sees it all. */
async function publishedPaths(
  { rootId, paths }: View,
  observed: ObservedState,
  container: ObservedContainer,
): Promise<Path[]> {
  const { ports = [] } = container.declaration
  const runs = container.phase.known && container.phase.value.phase === 'running'
  if (ports.length === 0 || !runs || rootId === null || process.geteuid?.() !== 0) return []
  return pathsTo(
    { rootId, paths },
    observed,
    container,
    ports.map(port => askedPort(container, port)),
  )
}

/** Null when the file that declared it can't be read as a manifest any more. */
async function planOfItsFile(context: Context, view: View, { origin }: ObservedContainer): Promise<Plan | null> {
  const desired = await readItsFile(context, origin)
  return desired === null ? null : dryPlan(desired, await view.observe(desired))
}
