import { ok, type Result } from '../model/errors.ts'
import type { LostRun, Started } from '../runtime/core.ts'
import type { ConvergeDeps, Executor } from './deps.ts'
import { prepareStart } from './prepare-start.ts'
import { storedRecord } from './records.ts'

/** A new shim for a run whose shim died; it rewrites the run's `state` itself. */
export const adoptContainer: Executor<'adopt-container'> = async (deps, { id }) => {
  const adopted = await adoptRun(deps, id)
  return adopted.ok ? ok({ pid: adopted.value.pid, warnings: adopted.value.warnings }) : adopted
}

/** Where somebody deleted the run directory of a dead shim, the record still tells what runs. */
export async function adoptRun(deps: ConvergeDeps, id: string): Promise<Result<Started>> {
  const adopted = await deps.core.adopt(id)
  if (adopted.ok || adopted.error.code !== 'E_GONE') return adopted
  const lost = lostRun(deps, id)
  return lost === null ? adopted : deps.core.adopt(id, lost)
}

/** null: nothing that is recorded lives. */
function lostRun(deps: ConvergeDeps, id: string): LostRun | null {
  const record = storedRecord(deps, id)
  if (!record.ok || record.value.run === null) return null
  const { process, startedAtMs } = record.value.run
  const { pid, startTicks } = process
  if (process.bootId !== deps.core.bootId || !deps.core.signal(pid, startTicks, 0).ok) return null
  const plan = prepareStart(deps, record.value)
  return plan.ok ? { plan: plan.value, pid, startTicks, startedAtMs } : null
}
