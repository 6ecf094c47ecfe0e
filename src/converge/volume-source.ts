import { volumeData } from '../dataroot/objects/volumes.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import type { ConvergeDeps } from './deps.ts'

/** The directory of a volume that a container mounts. E_GONE: there is no such volume. */
export function volumeSource(paths: ConvergeDeps['paths'], name: string | null): Result<string> {
  const data = name === null ? null : volumeData(paths, name)
  if (data?.known === false) return fail({ code: 'E_STATE', message: data.why })
  if (data === null || data.value === null) return fail({ code: 'E_GONE', message: `no such volume: ${name}` })
  return ok(data.value)
}
