import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'
import { recordedPlanMount } from './mount-source.ts'
import { storedRecord } from './records.ts'
import { mountAndKeep } from './run-facts.ts'

/** More than this lie on one place only to keep us busy. */
const mostCovers = 64

/** One mount of a running container as it was recorded; a crash is only another look. */
export const repairMount: Executor<'repair-mount'> = async (deps, { id, process, mount, edit, covers = 1 }) => {
  const record = storedRecord(deps, id)
  if (!record.ok) return record
  const made = recordedPlanMount(deps, record.value, mount)
  if (!made.ok) return made
  // all but the last, which goes as one that lies there alone does
  for (let left = Math.min(covers, mostCovers); left > 1; left--) {
    const gone = await deps.core.mount({ containerId: id, process, edit: 'detach', mount: made.value })
    if (!gone.ok) return gone
  }
  const done = await mountAndKeep(deps, record.value, process, { edit, mount, made: made.value })
  return done.ok ? ok({}) : done
}
