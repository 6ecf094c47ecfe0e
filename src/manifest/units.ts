import { fail, ok, type Result } from '../model/errors.ts'
import { quote } from './text.ts'

const binary: Readonly<Record<string, number>> = { Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 }
/** What people write elsewhere → the unit that they mean here. */
const foreignUnits: Readonly<Record<string, string>> = {
  k: 'Ki',
  kb: 'Ki',
  kib: 'Ki',
  ki: 'Ki',
  m: 'Mi',
  mb: 'Mi',
  mib: 'Mi',
  mi: 'Mi',
  g: 'Gi',
  gb: 'Gi',
  gib: 'Gi',
  gi: 'Gi',
}

/** `64Mi`, `1.5Gi` or a number of bytes → bytes; the error is the end of a sentence that begins with the field. */
export function parseBytes(value: number | string): Result<number, string> {
  const text = String(value).trim()
  const match = /^(-?\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text)
  const [, amount = '', unit = ''] = match ?? []
  if (match === null) return fail(`${quote(text)} is not a size; write bytes, or a number with Ki, Mi or Gi`)
  const factor = unit === '' ? 1 : binary[unit]
  if (factor === undefined || /\s/.test(text)) return fail(`${quote(text)} is not a size${meantSize(amount, unit)}`)
  const bytes = Number(amount) * factor
  if (!Number.isInteger(bytes)) return fail(`${quote(text)} is not a whole number of bytes`)
  if (Math.abs(bytes) > Number.MAX_SAFE_INTEGER) return fail(`${quote(text)} is too large`)
  return ok(bytes)
}

function meantSize(amount: string, unit: string): string {
  const lower = unit.toLowerCase()
  if (lower === '' || lower === 'b') return `; did you mean ${amount}?`
  const meant = foreignUnits[lower]
  if (meant !== undefined) return `; did you mean ${amount}${meant}?`
  if (/^ti?b?$/i.test(unit)) return `; did you mean ${Number(amount) * 1024}Gi?`
  return '; write bytes, or a number with Ki, Mi or Gi'
}

/** Bytes in the largest unit that divides them, as people write them. */
export function bytesText(bytes: number): string {
  const unit = ['Gi', 'Mi', 'Ki'].find(name => bytes !== 0 && bytes % (binary[name] ?? 1) === 0)
  return unit === undefined ? String(bytes) : `${bytes / (binary[unit] ?? 1)}${unit}`
}

const durationUnitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
const maxDurationMs = 24 * 3_600_000

/** A duration as in Go (`1m30s`, `500ms`, `0`) → ms, rounded; at most a day. */
export function parseDurationMs(text: string): Result<number, string> {
  if (text === '0') return ok(0)
  if (/^\d+$/.test(text)) return fail(`${quote(text)} has no unit; did you mean "${text}s"?`)
  if (text.startsWith('-')) return fail(`${quote(text)} is negative`)
  if (!/^(\d+(\.\d+)?(ns|us|µs|μs|ms|s|m|h))+$/.test(text) || text.length > 40) {
    return fail(`${quote(text)} is not a duration; write it as 10s, 1m30s or 500ms`)
  }
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/g)
  const ms = [...parts].reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (durationUnitsMs[unit] ?? 0), 0)
  return ms > maxDurationMs ? fail(`${quote(text)} is longer than 24h`) : ok(Math.round(ms))
}

/** CPUs as Docker's --cpus: the quota (µs) in a period of 100 ms. */
export const quotaOfCpus = (cpus: number): number => Math.round(cpus * 100_000)
