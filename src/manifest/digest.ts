import { createHash } from 'node:crypto'
import type { ContainerSpec } from '../model/desired.ts'

/** sha256 over the canonical JSON of a spec, 64 hex digits. */
export const specDigest = (spec: ContainerSpec): string =>
  createHash('sha256').update(canonicalJson(spec)).digest('hex')

/** JSON with the keys of every mapping in order, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}
