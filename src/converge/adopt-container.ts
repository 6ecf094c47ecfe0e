import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'

/** A new shim for a run whose shim died; it rewrites the run's `state` itself. */
export const adoptContainer: Executor<'adopt-container'> = async ({ core }, { id }) => {
  const adopted = await core.adopt(id)
  return adopted.ok ? ok({ pid: adopted.value.pid, warnings: adopted.value.warnings }) : adopted
}
