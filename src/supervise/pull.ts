import type { PullFailure } from '../model/observed.ts'

const firstDelayMs = 5000
const longestDelayMs = 300_000

/** When a pull that failed is tried again, or null: now. 5 s doubling to 5 min. */
export function pullAgainAtMs({ atMs, attempts }: PullFailure, nowMs: number): number | null {
  const untilMs = atMs + Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(Math.max(attempts - 1, 0), 20))
  // further away than the longest delay: the clock was set back
  return nowMs < untilMs && untilMs - nowMs <= longestDelayMs ? untilMs : null
}
