import { unreadLine } from '../../status/sources/revisions.ts'
import { type Context, exitCodes, type Refused, giveUp, refused } from '../context/context.ts'
import type { Reading } from './manifests.ts'

/** Directories that aren't there: a mistyped name must not look like success. Null: all are, or it is on purpose. */
function missingSources({ options }: Context, { missing }: Reading): Refused | null {
  if (missing.length === 0 || options.allowEmpty) return null
  const advice = 'no such directory; name one, or say --allow-empty if it is gone on purpose'
  return refused(missing.map(directory => `${directory}: ${advice}`).join('\n'))
}

/** Repositories that can't be read, and of which nothing is known from before. */
function unreadSources({ revisions }: Reading): Refused | null {
  const unread = revisions.filter(({ trouble, seen }) => trouble !== null && seen === null)
  return unread.length === 0 ? null : { exit: exitCodes.failed, message: unread.map(unreadLine).join('\n') }
}

/**
 * The exit code of a command that has answered, or that of the missing directories, which are said beside it, or of
 * repositories that were not asked.
 */
export function sayMissing(context: Context, reading: Reading, code: number): number {
  const missing = missingSources(context, reading)
  if (missing !== null) context.screen.err(missing.message)
  const isUnread = reading.revisions.some(({ trouble }) => trouble !== null)
  if (code !== exitCodes.done && code !== exitCodes.pending) return code
  return missing?.exit ?? (isUnread ? exitCodes.failed : code)
}

/** The exit code when nothing could be read at all, so that no answer would mean anything; else null. */
export function refuseAllMissing(context: Context, reading: Reading): number | null {
  const missing = missingSources(context, reading) ?? unreadSources(reading)
  const isNothing = reading.files === 0 && reading.desired.problems.length === 0
  return missing !== null && isNothing ? giveUp(context, missing) : null
}
