import type { Timers } from '../../watch/loop.ts'

/** Longest delay of setTimeout; a longer one would fire at once. */
const longestMs = 2 ** 31 - 1

export const systemTimers: Timers = {
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), longestMs))
    return () => clearTimeout(timer)
  },
}
