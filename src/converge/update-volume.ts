import { updateVolume as updateStoredVolume } from '../dataroot/objects/volumes.ts'
import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'

/** Labels, removal rule and owner; the data stays. */
export const updateVolume: Executor<'update-volume'> = async ({ paths }, { name, volume }) => {
  const { labels, removal, origin } = volume
  const updated = updateStoredVolume(paths, { version: 1, name, anonymous: false, removal, labels, origin })
  return updated.ok ? ok({}) : updated
}
