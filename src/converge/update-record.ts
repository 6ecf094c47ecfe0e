import { writeDockerState, writeRecord } from '../dataroot/containers.ts'
import { createdState, readDockerState } from '../dataroot/docker-state.ts'
import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'
import { declarationOf, storedRecord } from './records.ts'

/** The record tells; Docker's files, which show labels, policy and limits too, follow. */
export const updateRecord: Executor<'update-record'> = async (deps, { id, container, limits }) => {
  const record = storedRecord(deps, id)
  if (!record.ok) return record
  const updated = { ...record.value, declaration: declarationOf(container), origin: container.origin, limits }
  const state = readDockerState(deps.paths, id)
  const written = writeRecord(deps.paths, updated)
  if (!written.ok) return written
  const shown = writeDockerState(deps.paths, updated, (state.known ? state.value : null) ?? createdState)
  return shown.ok ? ok({}) : shown
}
