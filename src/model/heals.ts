import type { Heals } from './upkeep.ts'

/** Healed so often within so long, a field is parked: somebody else writes it back. */
export const fightingAfter = 5
export const fightingWithinMs = 60_000
const firstParkMs = 60_000
const longestParkMs = 3_600_000

const parkMs = (parked: number) => Math.min(longestParkMs, firstParkMs * 2 ** Math.min(parked, 10))

/** Until when a field is left to whoever writes it, or null: it may be healed. */
export function parkedUntilMs(heals: Heals | undefined, nowMs: number): number | null {
  const [first, last] = [heals?.atMs[0], heals?.atMs.at(-1)]
  if (heals === undefined || first === undefined || last === undefined) return null
  if (heals.atMs.length < fightingAfter || last - first > fightingWithinMs) return null
  const untilMs = last + parkMs(heals.parked)
  return nowMs < untilMs && nowMs >= last ? untilMs : null
}

/** What to keep of a heal at this moment. After a rest as long as its last back-off twice, a field begins anew. */
export function afterHeal(before: Heals | undefined, nowMs: number): Heals {
  const last = before?.atMs.at(-1)
  if (before === undefined || last === undefined) return { atMs: [nowMs], parked: 0 }
  const restedMs = nowMs - last
  if (restedMs < 0 || restedMs > 2 * parkMs(before.parked)) return { atMs: [nowMs], parked: 0 }
  const wasParked = parkedUntilMs(before, last) !== null
  if (wasParked) return { atMs: [nowMs], parked: before.parked + 1 }
  return { atMs: [...before.atMs, nowMs].slice(-fightingAfter), parked: before.parked }
}
