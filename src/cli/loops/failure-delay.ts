import type { Outcome } from '../../model/outcome.ts'

const firstMs = 1000
const longestMs = 60_000

/** How long to wait after so many passes in a row with a failed step: a second, doubling to a minute. */
export const failureDelayMs = (failedPasses: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(0, failedPasses - 1), 10))

export const hasFailed = ({ steps }: Outcome): boolean => steps.some(({ result }) => result === 'failed')
