import { isDeepStrictEqual } from 'node:util'
import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'
import { declarationOf, replaceRecord, storedRecord } from './records.ts'

/**
 * Writes the kernel's files, then records what was asked for; a crash between the two is seen as drift. A normal form is what
 * a kernel holds, so a file that reads otherwise was written by somebody else since, and that must stay drift.
 */
export const updateLimits: Executor<'update-limits'> = async (deps, { id, limits, container }) => {
  const record = storedRecord(deps, id)
  if (!record.ok) return record
  const updated = await deps.core.update(id, limits)
  if (!updated.ok) return updated
  const facts = { limitsReadBack: updated.value.limits }
  const { origin } = container
  const after = { ...record.value, declaration: declarationOf(container), origin, limits }
  // the kernel had drifted, the record had not: nothing new to wait for the disk for
  if (isDeepStrictEqual(after, record.value)) return ok(facts)
  const replaced = await replaceRecord(deps, after)
  return replaced.ok ? ok(facts) : replaced
}
