import { setTimeout as sleep } from 'node:timers/promises'
import type { LogLine } from '../../dataroot/logs/line.ts'
import { readLog } from '../../dataroot/logs/logs.ts'
import { jsonLine } from '../../status/text/json-text.ts'
import { type Context, exitCodes, giveUp, interruptedCode } from '../context/context.ts'
import { endedForGood } from '../logs/ended-for-good.ts'
import { findEntry, psEntries } from '../views/entries.ts'
import { LogPrinter } from '../logs/printer.ts'
import { notHere } from '../views/not-here.ts'
import { nothingDesired } from '../views/recorded.ts'
import { watchReader } from '../logs/reader-gone.ts'
import { openView } from '../world/wire.ts'

export type LogsOptions = { readonly follow: boolean; readonly tail: number | null; readonly sinceMs: number | null }

/** A log that has ended is read to its end: nothing came for so long after the container ended. */
const lastLineMs = 700

/** What a container wrote, each line to the stream that it came from. Needs no lock and no watcher. */
export async function logs(context: Context, name: string, options: LogsOptions): Promise<number> {
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const entries = psEntries(view.value, await view.value.observe(nothingDesired))
  const entry = findEntry(entries, name)
  if (entry === null) return giveUp(context, notHere(name, entries))
  const { id } = entry.container
  const ended = new AbortController()
  const signal = AbortSignal.any([context.signal, context.screen.closed, ended.signal])
  const progress = { lines: 0 }
  if (options.follow) {
    watchReader(signal, () => ended.abort())
    void endedForGood(view.value, id, signal)
      .then(() => quiet(progress, signal))
      .then(() => ended.abort())
  }
  await print(context, readLog(context.paths, id, logOptions(options), signal), progress)
  ended.abort()
  return context.signal.aborted ? interruptedCode(context.signal) : exitCodes.done
}

const logOptions = ({ follow, tail, sinceMs }: LogsOptions) => ({
  follow,
  ...(tail === null ? {} : { tail }),
  ...(sinceMs === null ? {} : { sinceMs }),
})

async function print(context: Context, lines: AsyncIterable<LogLine>, progress: { lines: number }): Promise<void> {
  const printer = new LogPrinter(context.screen)
  const isJson = context.options.output === 'json'
  for await (const line of lines) {
    progress.lines++
    await printer.line(isJson ? { ...line, stream: 'stdout', text: `${jsonLine(line)}\n` } : line)
  }
  await printer.flush()
}

/** Waits until no line comes any more. */
async function quiet(progress: { readonly lines: number }, signal: AbortSignal): Promise<void> {
  for (let before = -1; before !== progress.lines && !signal.aborted; ) {
    before = progress.lines
    await sleep(lastLineMs, undefined, { signal }).catch(() => undefined)
  }
}
