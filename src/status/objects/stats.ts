import type { UsageSample } from '../../model/usage.ts'
import { columns } from '../text/columns.ts'
import { bytesText, sizeText } from '../text/units.ts'

/** A container with its two latest samples; null: it doesn't run. */
export type StatsEntry = {
  readonly id: string
  readonly name: string
  readonly memoryLimitBytes: number | null
  readonly pidsLimit: number | null
  readonly before: UsageSample | null
  readonly now: UsageSample | null
}

const heading = ['NAME', 'CPU', 'THROTTLED', 'MEMORY', 'WITH CACHE', 'PEAK', 'PIDS', 'READ', 'WRITTEN']
const ofNetwork = ['RECEIVED', 'SENT']
const layoutOf = (words: readonly string[]) => words.map(() => ({ least: 0, gap: 2 }))

/** The table of `reconcile stats`, a line a container in their order; `-` for what the kernel doesn't count, or what isn't there. */
export function statsTable(entries: readonly StatsEntry[]): readonly string[] {
  if (entries.every(({ now }) => now === null || now.network === null))
    return columns([heading, ...entries.map(row)], layoutOf(heading))
  const all = [...heading, ...ofNetwork]
  return columns([all, ...entries.map(entry => [...row(entry), ...networkCells(entry)])], layoutOf(all))
}

const networkCells = ({ now }: StatsEntry): string[] => [
  text(now?.network?.receivedBytes ?? null, sizeText),
  text(now?.network?.sentBytes ?? null, sizeText),
]

function row(entry: StatsEntry): string[] {
  const { now } = entry
  const rates = ratesOf(entry)
  return [
    entry.name,
    percentText(rates.cpuPercent, 1),
    percentText(rates.cpuThrottledPercent, 0),
    ofLimit(now?.memoryBytes ?? null, sizeText, entry.memoryLimitBytes, bytesText),
    text(now?.memoryWithCacheBytes ?? null, sizeText),
    text(now?.memoryPeakBytes ?? null, sizeText),
    ofLimit(now?.pids ?? null, String, entry.pidsLimit, String),
    text(now?.io.readBytes ?? null, sizeText),
    text(now?.io.writtenBytes ?? null, sizeText),
  ]
}

const text = (value: number | null, show: (value: number) => string) => (value === null ? '-' : show(value))
const percentText = (percent: number | null, digits: number) => text(percent, value => `${value.toFixed(digits)}%`)

const ofLimit = (
  used: number | null,
  showUsed: (value: number) => string,
  limit: number | null,
  showLimit: (value: number) => string,
) => (used === null || limit === null ? text(used, showUsed) : `${showUsed(used)} / ${showLimit(limit)}`)

/** 100 is one CPU; throttled: the share of the quota's periods in which it was used up. Both between the two samples. */
function ratesOf({ before, now }: StatsEntry) {
  const delta = (of: (sample: UsageSample) => number | null): number | null => {
    const [from, to] = [before === null ? null : of(before), now === null ? null : of(now)]
    return from === null || to === null || to < from ? null : to - from
  }
  const elapsedMs = delta(({ atMs }) => atMs)
  const cpuMs = delta(({ cpuMs }) => cpuMs)
  const periods = delta(({ cpuPeriods }) => cpuPeriods)
  const throttled = delta(({ cpuThrottledPeriods }) => cpuThrottledPeriods)
  return {
    cpuPercent: cpuMs === null || elapsedMs === null || elapsedMs === 0 ? null : (cpuMs / elapsedMs) * 100,
    cpuThrottledPercent: throttled === null || periods === null || periods === 0 ? null : (throttled / periods) * 100,
  }
}

/** One object of the JSON stream; units are last in the names, null = not counted here, or no limit. */
export function statsJson(entry: StatsEntry, atMs: number) {
  const { now } = entry
  const { cpuPercent, cpuThrottledPercent } = ratesOf(entry)
  return {
    time: new Date(atMs).toISOString(),
    id: entry.id,
    name: entry.name,
    running: now !== null,
    cpuPercent: rounded(cpuPercent, 100),
    cpuMs: rounded(now?.cpuMs ?? null, 1000),
    cpuPeriods: now?.cpuPeriods ?? null,
    cpuThrottledPeriods: now?.cpuThrottledPeriods ?? null,
    cpuThrottledMs: rounded(now?.cpuThrottledMs ?? null, 1000),
    cpuThrottledPercent: rounded(cpuThrottledPercent, 100),
    memoryBytes: now?.memoryBytes ?? null,
    memoryWithCacheBytes: now?.memoryWithCacheBytes ?? null,
    memoryPeakBytes: now?.memoryPeakBytes ?? null,
    memoryLimitBytes: entry.memoryLimitBytes,
    pids: now?.pids ?? null,
    pidsLimit: entry.pidsLimit,
    ioReadBytes: now?.io.readBytes ?? null,
    ioWrittenBytes: now?.io.writtenBytes ?? null,
    ioReadOperations: now?.io.readOperations ?? null,
    ioWrittenOperations: now?.io.writtenOperations ?? null,
    networkReceivedBytes: now?.network?.receivedBytes ?? null,
    networkReceivedPackets: now?.network?.receivedPackets ?? null,
    networkSentBytes: now?.network?.sentBytes ?? null,
    networkSentPackets: now?.network?.sentPackets ?? null,
  }
}

const rounded = (value: number | null, parts: number) => (value === null ? null : Math.round(value * parts) / parts)
