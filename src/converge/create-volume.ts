import { createVolume as createStoredVolume } from '../dataroot/objects/volumes.ts'
import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'

/** A volume that no manifest declares (named by a mount, or anonymous) has no owner, and is kept. */
export const createVolume: Executor<'create-volume'> = async ({ paths }, { name, volume, anonymous }) => {
  const created = createStoredVolume(paths, {
    version: 1,
    name,
    anonymous,
    removal: volume?.removal ?? 'keep',
    labels: volume?.labels ?? {},
    origin: volume?.origin ?? null,
  })
  return created.ok ? ok({}) : created
}
