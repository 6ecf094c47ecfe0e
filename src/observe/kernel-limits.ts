import { known, unknown, type Known } from '../model/errors.ts'
import {
  asLimits,
  canonicalList,
  limitFields,
  type KernelFeatures,
  type LimitField,
  type Limits,
} from '../model/limits.ts'
import { isRateField, parseRates, parseWeight } from './blkio.ts'
import type { CgroupMounts } from './cgroup-mounts.ts'
import { readText } from './files.ts'
import { limitFilePath } from './limit-files.ts'
import { readUnifiedLimits } from './unified-limits.ts'

/**
 * The limits of a cgroup as its kernel files say them, in normal form. Fields that this kernel has no file for are null.
 * One unreadable file makes the whole answer unknown: half an answer would look like drift. `applied`: what was last
 * written, for what the kernel holds in a coarser form.
 */
export function readKernelLimits(
  mounts: CgroupMounts,
  kernel: KernelFeatures,
  cgroup: string,
  applied: Limits,
): Known<Limits> {
  if (mounts.kind === 'v2') return readUnifiedLimits(`${mounts.unified}/${cgroup}`, kernel, applied)
  const values: [LimitField, number | string | null][] = []
  for (const field of limitFields) {
    const path = kernel.enforceable[field] ? limitFilePath(mounts, cgroup, field) : null
    if (path === null) {
      values.push([field, null])
      continue
    }
    const file = readText(path)
    if (!file.ok) return unknown(`cannot read ${path} (${file.errno})`)
    const text = file.text.trim()
    const value = field === 'blkioWeight' ? parseWeight(path, text) : parseLimit(field, text)
    if (value === undefined) return unknown(`${path} says "${text.slice(0, 40)}", which is no limit`)
    values.push([field, value])
  }
  return known(asLimits(values))
}

/** What the kernel calls unlimited is null: its page counter's top for memory, -1 for the quota, `max` for pids. */
export function parseLimit(field: LimitField, text: string): number | string | null | undefined {
  if (isRateField(field)) return parseRates(text)
  if (field === 'cpusetCpus' || field === 'cpusetMems') return canonicalList(text)
  if (text === 'max' || text === '-1') return null
  if (!/^\d{1,20}$/.test(text)) return undefined
  const value = Number(text)
  return field.startsWith('memory') && value >= unlimitedBytes ? null : value
}

/** LONG_MAX rounded down to a page, 9223372036854771712 with pages of 4 KiB; smaller with larger pages. */
const unlimitedBytes = 2 ** 62
