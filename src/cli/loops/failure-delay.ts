import { isNoRoom } from '../../model/errors.ts'
import type { Outcome } from '../../model/outcome.ts'

const firstMs = 1000
const longestMs = 60_000
/** Nothing tells when a disk has room again. */
const longestForRoomMs = 5000

/** How long to wait after so many passes in a row with a failed step: a second, doubling to a minute, or to five seconds for room. */
export const failureDelayMs = (failedPasses: number, forRoom: boolean): number =>
  Math.min(forRoom ? longestForRoomMs : longestMs, firstMs * 2 ** Math.min(Math.max(0, failedPasses - 1), 10))

export const lacksRoom = ({ steps }: Outcome): boolean =>
  steps.some(step => step.result === 'failed' && isNoRoom(step.error))

export const hasFailed = ({ steps }: Outcome): boolean => steps.some(({ result }) => result === 'failed')
