import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'

/** The process keeps running; what is put right is recorded already. */
export const repairRun: Executor<'repair-run'> = async ({ core }, { id, process, repair }) => {
  const repaired = await core.repair(id, process, repair)
  return repaired.ok ? ok({}) : repaired
}
