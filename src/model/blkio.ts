import { known, unknown, type Known } from './errors.ts'

/** What one block device may be asked for, in bytes and in operations a second; missing = as much as it can. */
export type DeviceRates = {
  /** absolute */
  readonly device: string
  readonly readBps?: number
  readonly writeBps?: number
  readonly readIops?: number
  readonly writeIops?: number
}

/** Each a list as the kernel has it, `8:0 1048576,254:0 500`; missing = no device is throttled. */
export type Rates = {
  readonly blkioReadBps?: string
  readonly blkioWriteBps?: string
  readonly blkioReadIops?: string
  readonly blkioWriteIops?: string
}
export type RateField = keyof Rates

export const rateFields = ['blkioReadBps', 'blkioWriteBps', 'blkioReadIops', 'blkioWriteIops'] as const

export const rateNames = {
  blkioReadBps: 'readBps',
  blkioWriteBps: 'writeBps',
  blkioReadIops: 'readIops',
  blkioWriteIops: 'writeIops',
} as const satisfies Record<RateField, keyof DeviceRates>

/** The rates in normal form, or the first device that this host can't throttle. */
export function ratesOf(
  declared: readonly DeviceRates[],
  field: RateField,
  devices: Readonly<Record<string, Known<string>>>,
): Known<string | null> {
  const rates = new Map<string, number>()
  for (const one of declared) {
    const rate = one[rateNames[field]]
    if (rate === undefined) continue
    const number = devices[one.device] ?? unknown(`there is no block device ${one.device}`)
    if (!number.known) return number
    // two names of one device: the lower rate is what both allow
    rates.set(number.value, Math.min(rate, rates.get(number.value) ?? rate))
  }
  return known(rateList([...rates].map(([number, rate]) => `${number} ${rate}`)))
}

/** Lines such as `254:0 500` as one list in the order of the devices' numbers; null: none. */
export function rateList(lines: readonly string[]): string | null {
  const key = (line: string) => line.split(/[: ]/).slice(0, 2).map(Number)
  const sorted = lines.toSorted((a, b) => {
    const [[majorA = 0, minorA = 0], [majorB = 0, minorB = 0]] = [key(a), key(b)]
    return majorA - majorB || minorA - minorB
  })
  return sorted.length === 0 ? null : sorted.join(',')
}

/** The weight of `io.weight` (1 to 10000) for Docker's weight (10 to 1000), by the rule of opencontainers/cgroups. */
export const ioWeightOf = (weight: number): number => 1 + Math.floor(((weight - leastWeight) * 9999) / 990)

/** Docker's weight that has this one, with a fraction where none has: what somebody else wrote must be seen. */
export function weightOfIo(ioWeight: number): number {
  const exact = leastWeight + ((ioWeight - 1) * 990) / 9999
  const whole = Math.ceil(exact)
  return ioWeightOf(whole) === ioWeight ? whole : exact
}

const leastWeight = 10
