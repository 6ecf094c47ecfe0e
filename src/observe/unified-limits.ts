import { existsSync } from 'node:fs'
import { rateFields } from '../model/blkio.ts'
import { sharesOfWeight, weightOfShares } from '../model/cpu-weight.ts'
import { known, unknown, type Known } from '../model/errors.ts'
import {
  asLimits,
  canonicalList,
  type KernelFeatures,
  limitFields,
  type LimitField,
  type Limits,
} from '../model/limits.ts'
import { parseIoMax, parseWeight } from './blkio.ts'
import { readText } from './files.ts'
import { limitFilesV2, weightFilePath } from './limit-files.ts'

type TextOf = (field: LimitField) => string | null

/**
 * The limits of a cgroup v2 in the form of Docker's words. A file is missing where the parent doesn't hand the controller
 * down (any more): then no such limit is in force. Shares that were applied are meant by the weight that they have.
 */
export function readUnifiedLimits(dir: string, kernel: KernelFeatures, applied: Limits): Known<Limits> {
  const texts = new Map<string, string | null>()
  for (const field of limitFields) {
    const path = pathOf(dir, field)
    if (texts.has(path)) continue
    const file = readText(path)
    if (!file.ok && (file.errno !== 'ENOENT' || !existsSync(dir))) return unknown(`cannot read ${path} (${file.errno})`)
    texts.set(path, file.ok ? file.text.trim() : null)
  }
  const textOf = (field: LimitField) => texts.get(pathOf(dir, field)) ?? null
  const all = { ...inDockersWords(textOf, kernel, applied), ...ioLimits(textOf, pathOf(dir, 'blkioWeight')) }
  const strange = limitFields.find(field => Number.isNaN(all[field]))
  if (strange !== undefined)
    return unknown(`${pathOf(dir, strange)} says "${textOf(strange)?.slice(0, 40)}", which is no limit`)
  return known(asLimits(limitFields.map(field => [field, kernel.enforceable[field] ? (all[field] ?? null) : null])))
}

function pathOf(dir: string, field: LimitField): string {
  const weight = field === 'blkioWeight' ? weightFilePath({ kind: 'v2' }, dir) : null
  return weight ?? `${dir}/${limitFilesV2[field].file}`
}

/** NaN: no weight. */
function ioLimits(textOf: TextOf, weightPath: string): Partial<Record<LimitField, number | string | null>> {
  const weight = textOf('blkioWeight')
  const rates = rateFields.map(field => [field, parseIoMax(textOf(field) ?? '', field)])
  const held = weight === null ? null : parseWeight(weightPath, weight)
  return { blkioWeight: held === undefined ? Number.NaN : held, ...Object.fromEntries(rates) }
}

function inDockersWords(textOf: TextOf, kernel: KernelFeatures, applied: Limits): Limits {
  const memory = count(textOf('memoryBytes'))
  const swap = count(textOf('memorySwapBytes'))
  const [quota = null, period = null] = textOf('cpuQuotaUs')?.split(' ') ?? []
  const low = textOf('memoryReservationBytes') === 'max' ? everything : count(textOf('memoryReservationBytes'))
  return {
    memoryBytes: memory,
    // a swap limit by itself is nothing that we write: it must be seen
    memorySwapBytes: swap === null ? null : swap + (memory ?? 0),
    memoryReservationBytes: low === 0 ? null : low,
    cpuPeriodUs: count(period) ?? 100000,
    cpuQuotaUs: count(quota),
    cpuShares: shares(count(textOf('cpuShares')) ?? 100, applied.cpuShares),
    cpusetCpus: list(textOf('cpusetCpus'), kernel.cpus),
    cpusetMems: list(textOf('cpusetMems'), kernel.mems),
    pids: count(textOf('pids')),
  }
}

const shares = (weight: number, applied: number | null) =>
  applied !== null && weightOfShares(applied) === weight ? applied : sharesOfWeight(weight)

/** Everything protected from reclaim: more than any declaration says. */
const everything = 2 ** 63

/** NaN: no number. */
const count = (text: string | null): number | null =>
  text === null || text === 'max' ? null : /^\d{1,20}$/.test(text) ? Number(text) : Number.NaN

/** An empty list is the parent's. */
const list = (text: string | null, all: string): string => (text === null || text === '' ? all : canonicalList(text))
