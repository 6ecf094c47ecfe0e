import { existsSync } from 'node:fs'
import { sharesOfWeight, weightOfShares } from '../model/cpu-weight.ts'
import { known, unknown, type Known } from '../model/errors.ts'
import { canonicalList, type KernelFeatures, limitFields, type LimitField, type Limits } from '../model/limits.ts'
import { readText } from './files.ts'
import { limitFilesV2 } from './limit-files.ts'

type Files = { readonly [field in LimitField]: string | null }

/**
 * The limits of a cgroup v2 in the form of Docker's words. A file is missing where the parent doesn't hand the controller
 * down (any more): then no such limit is in force. Shares that were applied are meant by the weight that they have.
 */
export function readUnifiedLimits(dir: string, kernel: KernelFeatures, applied: Limits): Known<Limits> {
  const texts: Partial<Record<LimitField, string | null>> = {}
  for (const field of limitFields) {
    const path = `${dir}/${limitFilesV2[field].file}`
    const file = readText(path)
    if (!file.ok && (file.errno !== 'ENOENT' || !existsSync(dir))) return unknown(`cannot read ${path} (${file.errno})`)
    texts[field] = file.ok ? file.text.trim() : null
  }
  const all = inDockersWords(texts as Files, kernel, applied)
  const strange = limitFields.find(field => Number.isNaN(all[field]))
  if (strange !== undefined)
    return unknown(`${dir}/${limitFilesV2[strange].file} says "${texts[strange]?.slice(0, 40)}", which is no limit`)
  const held = limitFields.map(field => [field, kernel.enforceable[field] ? all[field] : null])
  return known(Object.fromEntries(held) as Limits)
}

function inDockersWords(files: Files, kernel: KernelFeatures, applied: Limits): Limits {
  const memory = count(files.memoryBytes)
  const swap = count(files.memorySwapBytes)
  const [quota = null, period = null] = files.cpuQuotaUs?.split(' ') ?? []
  const low = files.memoryReservationBytes === 'max' ? everything : count(files.memoryReservationBytes)
  return {
    memoryBytes: memory,
    // a swap limit by itself is nothing that we write: it must be seen
    memorySwapBytes: swap === null ? null : swap + (memory ?? 0),
    memoryReservationBytes: low === 0 ? null : low,
    cpuPeriodUs: count(period) ?? 100000,
    cpuQuotaUs: count(quota),
    cpuShares: shares(count(files.cpuShares) ?? 100, applied.cpuShares),
    cpusetCpus: list(files.cpusetCpus, kernel.cpus),
    cpusetMems: list(files.cpusetMems, kernel.mems),
    pids: count(files.pids),
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
