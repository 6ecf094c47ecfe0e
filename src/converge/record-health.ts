import { writeDockerState, writeRecord } from '../dataroot/objects/containers.ts'
import { readDockerState } from '../dataroot/docker/state.ts'
import { fail, ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'
import { storedRecord } from './records.ts'

/** Docker's files show what the probes said last; they come first, so that a crash has both written again. */
export const recordHealth: Executor<'record-health'> = async (deps, { id, status }) => {
  const { paths } = deps
  const record = storedRecord(deps, id)
  if (!record.ok) return record
  const state = readDockerState(paths, id)
  if (!state.known || state.value === null)
    return fail({ code: 'E_STATE', message: state.known ? 'nothing is known of its run' : state.why })
  const shown = await writeDockerState(paths, record.value, state.value)
  if (!shown.ok) return shown
  const written = await writeRecord(paths, { ...record.value, health: status })
  return written.ok ? ok({}) : written
}
