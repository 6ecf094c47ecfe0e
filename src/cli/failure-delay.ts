import type { Outcome } from '../model/outcome.ts'

const firstMs = 1000
const longestMs = 60_000

/** How long to wait after so many passes in a row with a failed step: a second, doubling to a minute. */
export const failureDelayMs = (failedPasses: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(0, failedPasses - 1), 10))

/** The earliest deadline that the plan waits for, or null. */
export function nextDeadlineMs({ plan, observed }: Outcome): number | null {
  const deadlines = plan.waiting.flatMap(({ for: cause }) =>
    'untilMs' in cause ? [cause.untilMs - observed.nowMs] : [],
  )
  return deadlines.length === 0 ? null : Math.max(0, Math.min(...deadlines))
}

export const hasFailed = ({ steps }: Outcome): boolean => steps.some(({ result }) => result === 'failed')
