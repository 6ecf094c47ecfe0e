import { removeVolume } from '../dataroot/objects/volumes.ts'
import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'

/** The volume and its data. */
export const deleteVolume: Executor<'delete-volume'> = async ({ paths }, { name }) => {
  const removed = await removeVolume(paths, name)
  return removed.ok ? ok({}) : removed
}
