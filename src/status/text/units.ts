import type { LimitField } from '../../model/limits.ts'

const binaryUnits = [
  ['Gi', 2 ** 30],
  ['Mi', 2 ** 20],
  ['Ki', 2 ** 10],
] as const

/** `64Mi`: the largest binary unit that is exact, else the bytes. */
export function bytesText(bytes: number): string {
  const exact = binaryUnits.find(([, size]) => bytes >= size && bytes % size === 0)
  return exact === undefined ? `${bytes}` : `${bytes / exact[1]}${exact[0]}`
}

/** What is in use, in Mi, and in Gi from 10 Gi on; rounded, but something is never 0. */
export function usageText(bytes: number): string {
  if (bytes >= 10 * 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)}Gi`
  return `${bytes === 0 ? 0 : Math.max(1, Math.round(bytes / 2 ** 20))}Mi`
}

/** Rounded, of anything: `812B`, `4.2Ki`, `77Mi` */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}${['', 'Ki', 'Mi', 'Gi', 'Ti'][power]}`
}

const steps = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const

/** `12ms`, `3.4s`, `2m10s`, `5h12m`, `3d4h`. */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.round(ms))
  if (whole < 1000) return `${whole}ms`
  return whole < 59_950 ? `${Number((whole / 1000).toFixed(1))}s` : twoUnits(Math.round(whole / 1000))
}

/** As a duration, but in whole seconds: `0s`, `3s`, `2m10s`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  return seconds < 60 ? `${seconds}s` : twoUnits(seconds)
}

function twoUnits(seconds: number): string {
  const first = steps.findIndex(([, size]) => seconds >= size)
  let left = seconds
  return steps
    .slice(first, first + 2)
    .map(([unit, size]) => {
      const count = Math.floor(left / size)
      left -= count * size
      return count === 0 ? '' : `${count}${unit}`
    })
    .join('')
}

const byteFields: readonly LimitField[] = ['memoryBytes', 'memorySwapBytes', 'memoryReservationBytes']
const timeFields: readonly LimitField[] = ['cpuPeriodUs', 'cpuQuotaUs']

/** A limit as people write it: `96Mi`, `200000us`, `0-1`, `unlimited`. */
export function limitText(field: LimitField, value: number | string | null): string {
  if (value === null) return field === 'blkioWeight' ? 'default' : 'unlimited'
  if (typeof value === 'number' && byteFields.includes(field)) return bytesText(value)
  return timeFields.includes(field) ? `${value}us` : `${value}`
}

/** `2026-11-25 22:30:05Z` */
export const timeText = (ms: number): string => {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return 'unknown time'
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`
}
