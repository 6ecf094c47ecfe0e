import type { RunChange } from '../model/action.ts'
import { ok, type Result } from '../model/errors.ts'
import type { ConvergeDeps, Executor } from './deps.ts'
import { renewRunFacts } from './run-facts.ts'
import { declarationOf, replaceRecord, storedRecord } from './records.ts'

/** What changes under the running process first: a crash between the two is seen as drift, and both are done again. */
export const updateRecord: Executor<'update-record'> = async (deps, { id, container, limits, run }) => {
  const record = storedRecord(deps, id)
  if (!record.ok) return record
  const changed = run === undefined ? ok(undefined) : await changeRun(deps, id, run)
  if (!changed.ok) return changed
  const { origin } = container
  const after = { ...record.value, declaration: declarationOf(container), origin, limits }
  const replaced = await replaceRecord(deps, after)
  if (!replaced.ok) return replaced
  if (run !== undefined) renewRunFacts(deps, id, run)
  return ok({})
}

async function changeRun(
  { core }: ConvergeDeps,
  containerId: string,
  { process, repairs, shmSizeBytes }: RunChange,
): Promise<Result<void>> {
  if (shmSizeBytes !== null) {
    const mount = { type: 'tmpfs', target: '/dev/shm', readOnly: false, sizeBytes: shmSizeBytes, mode: null } as const
    // first: what is in it may forbid that, and then nothing has been changed
    const resized = await core.mount({ containerId, process, edit: 'options', mount })
    if (!resized.ok) return resized
  }
  for (const repair of repairs) {
    const repaired = await core.repair(containerId, process, repair)
    if (!repaired.ok) return repaired
  }
  return ok(undefined)
}
