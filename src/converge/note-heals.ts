import { readUpkeep, writeUpkeep } from '../dataroot/records/upkeep.ts'
import { afterHeal } from '../model/heals.ts'
import type { ConvergeDeps } from './deps.ts'

/** Keeps that these fields were healed now; what can't be kept is learned anew. */
export function noteHeals({ paths, now }: ConvergeDeps, id: string, fields: readonly string[]): void {
  if (fields.length === 0) return
  const upkeep = readUpkeep(paths, id)
  const atMs = now()
  const healed = Object.fromEntries(fields.map(field => [field, afterHeal(upkeep.heals[field], atMs)]))
  writeUpkeep(paths, id, { ...upkeep, heals: { ...upkeep.heals, ...healed } })
}
