import type { RestartPolicy } from '../model/desired.ts'
import type { Exit, RestartFacts } from '../model/observed.ts'
import { isOneShot, succeeded } from './completion.ts'

const firstDelayMs = 100
const longestDelayMs = 60_000
/** A run of this length ends a series of restarts: the next one happens at once again. */
const settledRunMs = 10_000

/** The end of the last run, or of a start that failed before there was a run (`ranMs` 0). */
export type Ended = { readonly exit: Exit; readonly ranMs: number }

export type AfterExit =
  /** `streak`: for the start's record */
  | { readonly verdict: 'restart-now'; readonly streak: number }
  | { readonly verdict: 'back-off'; readonly untilMs: number }
  | { readonly verdict: 'completed' }
  | { readonly verdict: 'failed' }
  | { readonly verdict: 'exhausted'; readonly attempts: number }

/** What the restart policy says about a container that has ended. `maxRetries` bounds on-failure only; 0 = no bound. */
export function afterExit(restart: RestartPolicy, ended: Ended, facts: RestartFacts, nowMs: number): AfterExit {
  if (isOneShot(restart) && succeeded(ended.exit)) return { verdict: 'completed' }
  if (restart.policy === 'no') return { verdict: 'failed' }
  if (restart.policy === 'on-failure' && restart.maxRetries > 0 && facts.count >= restart.maxRetries)
    return { verdict: 'exhausted', attempts: facts.count }
  const streak = ended.ranMs >= settledRunMs ? 0 : facts.streak
  const untilMs = ended.exit.atMs + delayMs(streak)
  // A deadline further away than the longest delay means that the clock was set back: don't wait for it.
  const due = nowMs >= untilMs || untilMs - nowMs > longestDelayMs
  return due ? { verdict: 'restart-now', streak: streak + 1 } : { verdict: 'back-off', untilMs }
}

/** The time of a request to restart: later than the start that it is about, also where the clock was set back since. */
export const restartRequestMs = (
  run: { readonly startedAtMs: number } | null,
  failedStart: RestartFacts['failedStart'],
  nowMs: number,
): number => Math.max(nowMs, (run?.startedAtMs ?? 0) + 1, (failedStart?.atMs ?? 0) + 1)

/** The first restart at once, then 100 ms doubling to 60 s. */
export const delayMs = (streak: number): number =>
  streak <= 0 ? 0 : Math.min(firstDelayMs * 2 ** Math.min(streak - 1, 30), longestDelayMs)
