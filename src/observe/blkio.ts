import { basename } from 'node:path'
import { rateList, rateNames, type RateField, weightOfIo } from '../model/blkio.ts'

/**
 * The weight that such a file says, in Docker's words; null = the kernel's default, undefined = no weight. `io.weight` has a
 * scale of its own; on v2 the first line is `default 100`, and lines of devices follow.
 */
export function parseWeight(path: string, text: string): number | null | undefined {
  const weight = /^(?:default )?(\d{1,5})$/m.exec(text)?.[1]
  if (weight === undefined) return undefined
  const name = basename(path)
  if (Number(weight) === (defaults[name] ?? 100)) return null
  return name === 'io.weight' ? weightOfIo(Number(weight)) : Number(weight)
}

/** Of a new cgroup, in the file's own words; 100 elsewhere. */
const defaults: Readonly<Record<string, number>> = { 'blkio.weight': 500 }

/** What normal forms leave out: no declared weight of Docker's means the default of `io.weight`. */
export const defaultWeight = (file: string): number =>
  file === 'io.weight' ? weightOfIo(100) : (defaults[file] ?? 100)

/** A throttle file of v1, `254:0 1048576` a line; undefined = not such a file. */
export function parseRates(text: string): string | null | undefined {
  const lines = text.split('\n').filter(line => line !== '')
  return lines.every(line => /^\d+:\d+ \d+$/.test(line)) ? rateList(lines) : undefined
}

const keys: Readonly<Record<RateField, string>> = {
  blkioReadBps: 'rbps',
  blkioWriteBps: 'wbps',
  blkioReadIops: 'riops',
  blkioWriteIops: 'wiops',
}

/** One of the four in io.max: `254:0 rbps=1048576 wbps=max riops=max wiops=max` a line. */
export function parseIoMax(text: string, field: RateField): string | null {
  const rates = text.split('\n').flatMap(line => {
    const [device, ...pairs] = line.split(' ')
    const rate = pairs.find(pair => pair.startsWith(`${keys[field]}=`))?.split('=')[1]
    return rate === undefined || rate === 'max' ? [] : [`${device} ${rate}`]
  })
  return rateList(rates)
}

export const isRateField = (field: string): field is RateField => field in rateNames
