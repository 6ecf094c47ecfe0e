import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'
import { recordedPlanMount } from './mount-source.ts'
import { storedRecord } from './records.ts'

/** One mount of a running container as it was recorded; nothing is written down, so a crash is only another look. */
export const repairMount: Executor<'repair-mount'> = async (deps, { id, process, mount, edit }) => {
  const record = storedRecord(deps, id)
  if (!record.ok) return record
  const made = recordedPlanMount(deps, record.value, mount)
  if (!made.ok) return made
  const done = await deps.core.mount({ containerId: id, process, edit, mount: made.value })
  return done.ok ? ok({}) : done
}
