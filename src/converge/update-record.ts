import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'
import { declarationOf, replaceRecord, storedRecord } from './records.ts'

/** Only what is written down changes. */
export const updateRecord: Executor<'update-record'> = async (deps, { id, container, limits }) => {
  const record = storedRecord(deps, id)
  if (!record.ok) return record
  const { origin } = container
  const replaced = replaceRecord(deps, { ...record.value, declaration: declarationOf(container), origin, limits })
  return replaced.ok ? ok({}) : replaced
}
