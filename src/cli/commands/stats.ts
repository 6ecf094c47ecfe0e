import { setTimeout as sleep } from 'node:timers/promises'
import { fullName } from '../../model/identity.ts'
import type { UsageSample } from '../../model/usage.ts'
import { readCgroupMounts } from '../../observe/cgroup-mounts.ts'
import { containerCgroup } from '../../observe/cgroup-places.ts'
import { readNetworkTotals } from '../../observe/network-usage.ts'
import { readUsageSample } from '../../observe/usage-sample.ts'
import { jsonLine } from '../../status/text/json-text.ts'
import type { PsEntry } from '../../status/objects/state-word.ts'
import { type StatsEntry, statsJson, statsTable } from '../../status/objects/stats.ts'
import { type Context, exitCodes, giveUp, interruptedCode } from '../context/context.ts'
import { findEntry, psEntries } from '../views/entries.ts'
import { notHere } from '../views/not-here.ts'
import { nothingDesired } from '../views/recorded.ts'
import { openView, type View } from '../world/wire.ts'

export type StatsOptions = { readonly stream: boolean }

const everyMs = 1000

type Samples = ReadonlyMap<string, UsageSample>

/** What containers use, every second until somebody ends it, or once. Without names those that run. */
export async function stats(context: Context, names: readonly string[], options: StatsOptions): Promise<number> {
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const signal = AbortSignal.any([context.signal, context.screen.closed])
  const entries = await look(view.value)
  const missing = names.find(name => findEntry(entries, name) === null)
  if (missing !== undefined) return giveUp(context, notHere(missing, entries))
  let before = sample(view.value, entries)
  let shown: readonly string[] = []
  do {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) break
    const chosen = choose(await look(view.value), names)
    const now = sample(view.value, chosen)
    shown = show(
      context,
      chosen.map(entry => statsEntry(entry, before, now)),
      options,
    )
    before = now
  } while (options.stream)
  // what stood at the foot of the terminal stays
  if (shown.length > 0) {
    context.screen.footer([])
    context.screen.out(shown.join('\n'))
  }
  return context.signal.aborted ? interruptedCode(context.signal) : exitCodes.done
}

const look = async (view: View): Promise<PsEntry[]> => psEntries(view, await view.observe(nothingDesired))

const isRunning = ({ container: { phase } }: PsEntry) => phase.known && phase.value.phase === 'running'
const nameOf = ({ container }: PsEntry) => fullName(container.declaration.name)

function choose(entries: readonly PsEntry[], names: readonly string[]): PsEntry[] {
  const chosen = names.length === 0 ? entries.filter(isRunning) : names.flatMap(name => findEntry(entries, name) ?? [])
  return chosen.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
}

function sample({ rootId }: View, entries: readonly PsEntry[]): Samples {
  if (rootId === null) return new Map()
  const mounts = readCgroupMounts('/proc')
  return new Map(
    entries.flatMap(({ container: { id, phase, declaration } }) => {
      if (!phase.known || phase.value.phase !== 'running') return []
      const figures = readUsageSample(mounts, containerCgroup(mounts, rootId, id), performance.now())
      const isOwn = declaration.spec.namespaces.net !== 'host'
      const network = isOwn ? readNetworkTotals('/proc', phase.value.process.pid) : null
      return [[id, { ...figures, network }] as const]
    }),
  )
}

function statsEntry(entry: PsEntry, before: Samples, now: Samples): StatsEntry {
  const { id, kernelLimits, recordedLimits } = entry.container
  const limits = kernelLimits?.known ? kernelLimits.value : recordedLimits
  return {
    id,
    name: nameOf(entry),
    memoryLimitBytes: limits.memoryBytes,
    pidsLimit: limits.pids,
    before: before.get(id) ?? null,
    now: now.get(id) ?? null,
  }
}

/** Gives what must be printed again at the end: a terminal's table is written over. */
function show({ screen, options }: Context, entries: readonly StatsEntry[], { stream }: StatsOptions) {
  if (options.output === 'json') {
    const nowMs = Date.now()
    screen.out(entries.map(entry => `${jsonLine(statsJson(entry, nowMs))}\n`).join(''))
    return []
  }
  const lines = statsTable(entries)
  if (stream && screen.canRedraw) {
    const { rows, columns } = screen.size
    screen.footer(lines.slice(0, rows - 1).map(line => line.slice(0, columns - 1)))
    return lines
  }
  screen.out(lines.join('\n'))
  return []
}
