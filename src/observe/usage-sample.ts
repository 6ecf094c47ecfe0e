import type { IoTotals, UsageSample } from '../model/usage.ts'
import type { CgroupMounts } from './cgroup-mounts.ts'
import { readText } from './files.ts'
import { controllerMount } from './limit-files.ts'

type Figures = Omit<UsageSample, 'atMs' | 'network'>

/** All figures of a cgroup now. One whose file is missing, here or because the container ended, is null. */
export function readUsageSample(mounts: CgroupMounts, cgroup: string, atMs: number): Omit<UsageSample, 'network'> {
  return { atMs, ...(mounts.kind === 'v2' ? ofV2(`${mounts.unified}/${cgroup}`) : ofV1(mounts, cgroup)) }
}

/** cgroup-v2.rst: times in µs; io.stat and memory count what is nested, too. */
function ofV2(dir: string): Figures {
  const cpu = words(`${dir}/cpu.stat`)
  const memoryWithCacheBytes = number(`${dir}/memory.current`)
  return {
    cpuMs: scaled(cpu.get('usage_usec'), 1000),
    cpuPeriods: cpu.get('nr_periods') ?? null,
    cpuThrottledPeriods: cpu.get('nr_throttled') ?? null,
    cpuThrottledMs: scaled(cpu.get('throttled_usec'), 1000),
    memoryWithCacheBytes,
    memoryBytes: without(memoryWithCacheBytes, words(`${dir}/memory.stat`).get('inactive_file')),
    memoryPeakBytes: number(`${dir}/memory.peak`),
    pids: number(`${dir}/pids.current`),
    io: ioStat(`${dir}/io.stat`),
  }
}

/** Documentation/admin-guide/cgroup-v1: times in ns. */
function ofV1(mounts: CgroupMounts, cgroup: string): Figures {
  const at = (controller: string, file: string) => `${controllerMount(mounts, controller)}/${cgroup}/${file}`
  const cpu = words(at('cpu', 'cpu.stat'))
  const memoryWithCacheBytes = number(at('memory', 'memory.usage_in_bytes'))
  const bytes = serviced(at('blkio', 'blkio.throttle.io_service_bytes_recursive'))
  const operations = serviced(at('blkio', 'blkio.throttle.io_serviced_recursive'))
  return {
    cpuMs: scaled(number(at('cpuacct', 'cpuacct.usage')) ?? undefined, 1e6),
    cpuPeriods: cpu.get('nr_periods') ?? null,
    cpuThrottledPeriods: cpu.get('nr_throttled') ?? null,
    cpuThrottledMs: scaled(cpu.get('throttled_time'), 1e6),
    memoryWithCacheBytes,
    memoryBytes: without(memoryWithCacheBytes, words(at('memory', 'memory.stat')).get('total_inactive_file')),
    memoryPeakBytes: number(at('memory', 'memory.max_usage_in_bytes')),
    pids: number(at('pids', 'pids.current')),
    io: {
      readBytes: bytes?.read ?? null,
      writtenBytes: bytes?.written ?? null,
      readOperations: operations?.read ?? null,
      writtenOperations: operations?.written ?? null,
    },
  }
}

function number(path: string): number | null {
  const file = readText(path)
  return file.ok && /^\d+$/.test(file.text.trim()) ? Number(file.text) : null
}

/** `name value` a line; none where there is no such file. */
function words(path: string): ReadonlyMap<string, number> {
  const file = readText(path)
  const lines = file.ok ? file.text.split('\n') : []
  return new Map(lines.flatMap(line => (/^\w+ \d+$/.test(line) ? [pairOf(line)] : [])))
}

function pairOf(line: string): [string, number] {
  const [name = '', value] = line.split(' ')
  return [name, Number(value)]
}

const scaled = (value: number | undefined, divisor: number): number | null =>
  value === undefined ? null : value / divisor

const without = (all: number | null, part: number | undefined): number | null =>
  all === null ? null : Math.max(0, all - (part ?? 0))

/** `254:0 Read 4096`, `254:0 Write 0`, … a line; no line means nothing yet. */
function serviced(path: string): { readonly read: number; readonly written: number } | null {
  const file = readText(path)
  if (!file.ok) return null
  const sum = (kind: string) =>
    [...file.text.matchAll(new RegExp(`^\\d+:\\d+ ${kind} (\\d+)$`, 'gm'))].reduce((all, [, n]) => all + Number(n), 0)
  return { read: sum('Read'), written: sum('Write') }
}

/** `254:0 rbytes=1 wbytes=2 rios=3 wios=4 …` a line */
function ioStat(path: string): IoTotals {
  const file = readText(path)
  if (!file.ok) return { readBytes: null, writtenBytes: null, readOperations: null, writtenOperations: null }
  const sum = (key: string) =>
    [...file.text.matchAll(new RegExp(` ${key}=(\\d+)`, 'g'))].reduce((all, [, n]) => all + Number(n), 0)
  return {
    readBytes: sum('rbytes'),
    writtenBytes: sum('wbytes'),
    readOperations: sum('rios'),
    writtenOperations: sum('wios'),
  }
}
