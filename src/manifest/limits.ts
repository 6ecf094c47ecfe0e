import type { Ulimit } from '../model/desired.ts'
import type { DeclaredLimits } from '../model/limits.ts'
import type { Limits as LimitsManifest } from './generated/manifests.ts'
import { deviceRates } from './blkio.ts'
import { cpuList } from './cpu-list.ts'
import { orReport, type Report } from './report.ts'
import { didYouMean } from './suggest.ts'
import { quote } from './text.ts'
import { bytesText, parseBytes, quotaOfCpus } from './units.ts'
import { ulimitNames } from './vocabulary.ts'

const at = (...words: string[]): string[] => ['spec', 'limits', ...words]

/** Docker's least memory limit; less can't hold a process with its kernel memory */
const minMemoryBytes = 6 * 1024 * 1024
const defaultPeriodUs = 100_000
const minQuotaUs = 1000
const maxQuotaUs = 1e12
const maxCpus = 8192
/** PID_MAX_LIMIT of the kernel */
const maxPids = 4_194_304
const defaultShmBytes = 64 * 1024 * 1024

/** Limits within Docker's bounds. */
export function declaredLimits(limits: LimitsManifest, report: Report): DeclaredLimits {
  return {
    ...memoryLimits(limits, report),
    ...cpuBandwidth(limits, report),
    cpuShares: limits.cpuShares ?? null,
    cpusetCpus: list(limits.cpusetCpus, 'cpusetCpus', report),
    cpusetMems: list(limits.cpusetMems, 'cpusetMems', report),
    pids: pids(limits.pids, report),
    ...(limits.blkioWeight === undefined ? {} : { blkioWeight: limits.blkioWeight }),
    ...(limits.blkio === undefined || limits.blkio.length === 0 ? {} : { blkio: deviceRates(limits.blkio, report) }),
  }
}

function memoryLimits(limits: LimitsManifest, report: Report) {
  const memoryBytes = size(limits.memory, 'memory', report)
  const memorySwapBytes = size(limits.memorySwap, 'memorySwap', report)
  const memoryReservationBytes = size(limits.memoryReservation, 'memoryReservation', report)
  const least = bytesText(minMemoryBytes)
  if (memoryBytes !== null && memoryBytes < minMemoryBytes) {
    report(at('memory'), `spec.limits.memory must be at least ${least}, not ${bytesText(memoryBytes)}`)
  }
  if (memoryReservationBytes !== null && memoryReservationBytes < minMemoryBytes) {
    report(
      at('memoryReservation'),
      `spec.limits.memoryReservation must be at least ${least}, not ${bytesText(memoryReservationBytes)}`,
    )
  } else if (memoryBytes !== null && memoryReservationBytes !== null && memoryReservationBytes > memoryBytes) {
    report(
      at('memoryReservation'),
      `spec.limits.memoryReservation (${bytesText(memoryReservationBytes)}) must not be more than memory (${bytesText(memoryBytes)})`,
    )
  }
  if (memorySwapBytes !== null) checkSwap(limits, memoryBytes, memorySwapBytes, report)
  return { memoryBytes, memorySwapBytes, memoryReservationBytes }
}

function checkSwap(limits: LimitsManifest, memoryBytes: number | null, swapBytes: number, report: Report): void {
  if (swapBytes === -1) return
  if (limits.memory === undefined) {
    report(at('memorySwap'), 'spec.limits.memorySwap needs spec.limits.memory: it is memory plus swap', 'key')
  } else if (memoryBytes !== null && swapBytes < memoryBytes) {
    report(
      at('memorySwap'),
      `spec.limits.memorySwap is memory plus swap, so it must be at least memory (${bytesText(memoryBytes)}) or -1, not ${bytesText(swapBytes)}`,
    )
  }
}

function cpuBandwidth(limits: LimitsManifest, report: Report) {
  const { cpus, cpuPeriod, cpuQuota } = limits
  if (cpus === undefined) {
    if (cpuQuota !== undefined && cpuQuota !== -1 && (cpuQuota < minQuotaUs || cpuQuota > maxQuotaUs)) {
      report(
        at('cpuQuota'),
        `spec.limits.cpuQuota must be at least ${minQuotaUs} (µs), or -1 for unlimited, not ${cpuQuota}`,
      )
    }
    return { cpuPeriodUs: cpuPeriod ?? null, cpuQuotaUs: cpuQuota ?? null }
  }
  for (const other of ['cpuPeriod', 'cpuQuota'] as const) {
    if (limits[other] !== undefined) {
      report(at(other), `spec.limits.${other} and spec.limits.cpus say the same thing twice; keep one`, 'key')
    }
  }
  if (!(cpus >= 0.01 && cpus <= maxCpus)) {
    report(at('cpus'), `spec.limits.cpus must be between 0.01 and ${maxCpus}, not ${cpus}`)
  }
  return { cpuPeriodUs: defaultPeriodUs, cpuQuotaUs: quotaOfCpus(cpus) }
}

function list(value: string | undefined, field: string, report: Report): string | null {
  return value === undefined ? null : orReport(report, at(field), cpuList(value))
}

function pids(value: number | undefined, report: Report): number | null {
  if (value === undefined) return null
  if (value !== -1 && (value < 1 || value > maxPids)) {
    report(at('pids'), `spec.limits.pids must be between 1 and ${maxPids}, or -1 for unlimited, not ${value}`)
  }
  return value
}

function size(value: number | string | undefined, field: string, report: Report): number | null {
  return value === undefined ? null : orReport(report, at(field), parseBytes(value))
}

/** The size of /dev/shm. */
export function shmBytes(limits: LimitsManifest, report: Report): number {
  const bytes = size(limits.shmSize, 'shmSize', report) ?? defaultShmBytes
  if (bytes < 1) report(at('shmSize'), 'spec.limits.shmSize must be more than 0')
  return bytes
}

export function resolveUlimits(limits: LimitsManifest, report: Report): Record<string, Ulimit> {
  const ulimits = Object.entries(limits.ulimits ?? {})
  for (const [name, { soft, hard }] of ulimits) {
    if (!ulimitNames.includes(name)) {
      const way = didYouMean(name, ulimitNames) || `; known are ${ulimitNames.join(', ')}`
      report(at('ulimits', name), `unknown ulimit ${quote(name)}${way}`, 'key')
    } else if (hard !== -1 && (soft === -1 || soft > hard)) {
      report(
        at('ulimits', name, 'soft'),
        `spec.limits.ulimits.${name}: soft (${soft}) must not be more than hard (${hard})`,
      )
    }
  }
  return Object.fromEntries(ulimits.map(([name, { soft, hard }]) => [name, { soft, hard }]))
}
