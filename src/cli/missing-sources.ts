import { type Context, type Refused, giveUp, refused } from './context.ts'
import type { Reading } from './desired.ts'

/** Directories that aren't there: a mistyped name must not look like success. Null: all are, or it is on purpose. */
function missingSources({ options }: Context, { missing }: Reading): Refused | null {
  if (missing.length === 0 || options.allowEmpty) return null
  const advice = 'no such directory; name one, or say --allow-empty if it is gone on purpose'
  return refused(missing.map(directory => `${directory}: ${advice}`).join('\n'))
}

/** The exit code of a command that has answered, or that of the missing directories, which are said beside it. */
export function sayMissing(context: Context, reading: Reading, code: number): number {
  const missing = missingSources(context, reading)
  if (missing === null) return code
  context.screen.err(missing.message)
  return code === 0 || code === 2 ? missing.exit : code
}

/** The exit code when nothing could be read at all, so that no answer would mean anything; else null. */
export function refuseAllMissing(context: Context, reading: Reading): number | null {
  const missing = missingSources(context, reading)
  const isNothing = reading.files === 0 && reading.desired.problems.length === 0
  return missing !== null && isNothing ? giveUp(context, missing) : null
}
