import type { Known } from './errors.ts'
import { type DeviceRates, type RateField, type Rates, rateFields, rateNames, ratesOf } from './blkio.ts'

/** Limits as a manifest declares them; null = not declared. Bytes, µs, counts. */
export type DeclaredLimits = {
  readonly memoryBytes: number | null
  /** memory plus swap, as in Docker; -1 = unlimited */
  readonly memorySwapBytes: number | null
  readonly memoryReservationBytes: number | null
  readonly cpuPeriodUs: number | null
  readonly cpuQuotaUs: number | null
  readonly cpuShares: number | null
  readonly cpusetCpus: string | null
  readonly cpusetMems: string | null
  readonly pids: number | null
  /** 10 to 1000; missing = not declared, as in records of earlier versions */
  readonly blkioWeight?: number
  readonly blkio?: readonly DeviceRates[]
}

/**
 * Limits in the form in which a kernel holds them, for desired, recorded and observed alike; null = unlimited,
 * or not enforceable here (then the field stands in `unenforceable`).
 */
export type Limits = {
  readonly memoryBytes: number | null
  readonly memorySwapBytes: number | null
  readonly memoryReservationBytes: number | null
  readonly cpuPeriodUs: number | null
  readonly cpuQuotaUs: number | null
  readonly cpuShares: number | null
  readonly cpusetCpus: string | null
  readonly cpusetMems: string | null
  readonly pids: number | null
  /** Docker's 10 to 1000; missing = the kernel's default */
  readonly blkioWeight?: number
} & Rates

export type LimitField = keyof Limits

export const limitFields: readonly LimitField[] = [
  'memoryBytes',
  'memorySwapBytes',
  'memoryReservationBytes',
  'cpuPeriodUs',
  'cpuQuotaUs',
  'cpuShares',
  'cpusetCpus',
  'cpusetMems',
  'pids',
  'blkioWeight',
  ...rateFields,
]

/** The manifest's word for each field. */
export const limitNames: Readonly<Record<LimitField, string>> = {
  memoryBytes: 'memory',
  memorySwapBytes: 'memorySwap',
  memoryReservationBytes: 'memoryReservation',
  cpuPeriodUs: 'cpuPeriod',
  cpuQuotaUs: 'cpuQuota',
  cpuShares: 'cpuShares',
  cpusetCpus: 'cpusetCpus',
  cpusetMems: 'cpusetMems',
  pids: 'pids',
  blkioWeight: 'blkioWeight',
  blkioReadBps: 'blkio.readBps',
  blkioWriteBps: 'blkio.writeBps',
  blkioReadIops: 'blkio.readIops',
  blkioWriteIops: 'blkio.writeIops',
}

/** What this kernel can enforce, read from its own mounts and files. */
export type KernelFeatures = {
  readonly cgroup: 'v1' | 'hybrid' | 'v2' | 'none'
  readonly pageBytes: number
  /** limits whose file exists here */
  readonly enforceable: Readonly<Record<LimitField, boolean>>
  /** canonical lists such as "0-1" */
  readonly cpus: string
  readonly mems: string
  /** the weight of I/O that a new cgroup has, in Docker's words; missing = 100 */
  readonly defaultBlkioWeight?: number
  /** block devices that a declaration names: absolute path → `254:0`, or why there can be no limit of it */
  readonly devices?: Readonly<Record<string, Known<string>>>
}

export type Unenforceable = { readonly field: LimitField; readonly why: string }

const minShares = 2
const maxShares = 262144
const defaultShares = 1024
const defaultPeriodUs = 100000
/** Nothing is asked for. */
export const noLimits: Limits = {
  memoryBytes: null,
  memorySwapBytes: null,
  memoryReservationBytes: null,
  cpuPeriodUs: null,
  cpuQuotaUs: null,
  cpuShares: null,
  cpusetCpus: null,
  cpusetMems: null,
  pids: null,
}

/**
 * The normal form of declared limits on this kernel: Docker's defaults filled in (memorySwap twice the memory), memory
 * rounded down to pages, shares cut to the kernel's bounds (docker-data-root §13). Fields that the kernel lacks become
 * null and are named in `unenforceable` when they were declared.
 */
export function normalise(
  declared: DeclaredLimits,
  kernel: KernelFeatures,
): { limits: Limits; unenforceable: Unenforceable[] } {
  const memory = declared.memoryBytes
  const swap = declared.memorySwapBytes ?? (memory === null ? null : memory * 2)
  const full: Limits = {
    memoryBytes: toPages(memory, kernel.pageBytes),
    memorySwapBytes: swap === null || swap < 0 ? null : toPages(swap, kernel.pageBytes),
    memoryReservationBytes: toPages(declared.memoryReservationBytes, kernel.pageBytes),
    cpuPeriodUs: declared.cpuPeriodUs ?? defaultPeriodUs,
    cpuQuotaUs: declared.cpuQuotaUs === null || declared.cpuQuotaUs < 0 ? null : declared.cpuQuotaUs,
    cpuShares: clamp(declared.cpuShares ?? defaultShares, minShares, maxShares),
    cpusetCpus: declared.cpusetCpus === null ? kernel.cpus : canonicalList(declared.cpusetCpus),
    cpusetMems: declared.cpusetMems === null ? kernel.mems : canonicalList(declared.cpusetMems),
    pids: declared.pids === null || declared.pids <= 0 ? null : declared.pids,
  }
  const declaresField = (field: LimitField) => (declaredLimit(declared, field) ?? null) !== null
  const missing = limitFields
    .filter(field => declaresField(field) && !kernel.enforceable[field])
    .map(field => ({ field, why: `this kernel has no file for ${limitNames[field]}` }))
  const io = normalIo(declared, kernel)
  return {
    limits: onlyEnforceable({ ...full, ...io.limits }, kernel),
    unenforceable: [...missing, ...io.unenforceable],
  }
}

/** Weight and throttles; the kernel's own default is no limit. */
function normalIo({ blkioWeight, blkio = [] }: DeclaredLimits, kernel: KernelFeatures) {
  const rates = (blkio.length === 0 ? [] : rateFields)
    .filter(field => kernel.enforceable[field])
    .map(field => ({ field, rates: ratesOf(blkio, field, kernel.devices ?? {}) }))
  const isDefault = blkioWeight === undefined || blkioWeight === (kernel.defaultBlkioWeight ?? 100)
  const limits = Object.fromEntries(
    rates.flatMap(({ field, rates }) => (rates.known && rates.value !== null ? [[field, rates.value]] : [])),
  )
  return {
    limits: isDefault ? limits : { ...limits, blkioWeight },
    unenforceable: rates.flatMap(({ field, rates }) => (rates.known ? [] : [{ field, why: rates.why }])),
  }
}

/** What a declaration says of a field, throttles as `/dev/vda 1048576`; null = nothing. */
export function declaredLimit(declared: DeclaredLimits, field: LimitField): number | string | null {
  if (!isRate(field)) return declared[field] ?? null
  const rates = (declared.blkio ?? []).flatMap(one => {
    const rate = one[rateNames[field]]
    return rate === undefined ? [] : [`${one.device} ${rate}`]
  })
  return rates.length === 0 ? null : rates.join(',')
}

const isRate = (field: LimitField): field is RateField => field in rateNames

/** Blanks what this kernel can't hold, so that it is neither drift nor success. */
function onlyEnforceable(limits: Limits, kernel: KernelFeatures): Limits {
  const held: Partial<Record<LimitField, number | string | null>> = { ...noLimits }
  for (const field of limitFields)
    if (kernel.enforceable[field] && limits[field] !== undefined) held[field] = limits[field]
  return held as Limits
}

/** Limits of a value a field; what a normal form leaves out stays out. */
export const asLimits = (values: readonly (readonly [LimitField, number | string | null])[]): Limits =>
  Object.fromEntries(values.filter(([field, value]) => value !== null || field in noLimits)) as Limits

/** A field as it is told and compared: null = no limit. */
export const limitOf = (limits: Limits, field: LimitField): number | string | null => limits[field] ?? null

/** Fields in which two normal forms differ, in the order of `limitFields`. */
export const differingLimits = (a: Limits, b: Limits): LimitField[] =>
  isSameLimits(a, b) ? [] : limitFields.filter(field => limitOf(a, field) !== limitOf(b, field))

/** The usual case, for every container in every plan: without a list and without a call a field. */
function isSameLimits(a: Limits, b: Limits): boolean {
  for (const field of limitFields) if (limitOf(a, field) !== limitOf(b, field)) return false
  return true
}

/** `0,1,3` → `0-1,3`: the form in which the kernel prints a list. Not a list → unchanged. */
export function canonicalList(text: string): string {
  const numbers = parseList(text)
  if (numbers === null) return text
  const ranges: string[] = []
  for (let i = 0; i < numbers.length; ) {
    let end = i
    while (end + 1 < numbers.length && numbers[end + 1] === (numbers[end] ?? 0) + 1) end++
    ranges.push(end === i ? `${numbers[i]}` : `${numbers[i]}-${numbers[end]}`)
    i = end + 1
  }
  return ranges.join(',')
}

/** The sorted numbers of a cpuset list, null if it is not one. At most 8192 numbers. */
export function parseList(text: string): number[] | null {
  const numbers = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim())
    if (!match) return null
    const from = Number(match[1])
    const to = match[2] === undefined ? from : Number(match[2])
    if (to < from || to > 8191) return null
    for (let n = from; n <= to; n++) numbers.add(n)
  }
  return [...numbers].sort((a, b) => a - b)
}

const toPages = (bytes: number | null, pageBytes: number) =>
  bytes === null ? null : Math.floor(bytes / pageBytes) * pageBytes
const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)
