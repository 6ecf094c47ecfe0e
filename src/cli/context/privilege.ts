import { needsRootLine } from '../../status/text/lines.ts'
import { type Refused, exitCodes } from './context.ts'

/** Null for root; else why a command that changes the host can't run. */
export function rootRefusal(): Refused | null {
  const uid = process.geteuid?.() ?? 0
  return uid === 0 ? null : { exit: exitCodes.failed, message: needsRootLine(uid) }
}
