import { realpath } from 'node:fs/promises'
import { known, unknown, type Known } from '../model/errors.ts'
import { withinDeadline } from './deadline.ts'
import { errnoOf } from './files.ts'
import { foreignMountOf, lookAtForeign } from './foreign.ts'

/** A path of the host without links; null: there is nothing. */
export type RealPath = Known<string | null>

export async function realPath(path: string): Promise<RealPath> {
  const foreign = foreignMountOf(path)
  if (foreign === null) return ownRealPath(path)
  const seen = await lookAtForeign(foreign, path)
  return seen.known ? known(seen.value.real ?? null) : seen
}

/** Of a path that leads by nothing foreign. */
export const ownRealPath = (path: string): Promise<RealPath> =>
  withinDeadline(
    `path ${path}`,
    async () => {
      try {
        return known(await realpath(path))
      } catch (error) {
        const errno = errnoOf(error)
        return errno === 'ENOENT' || errno === 'ENOTDIR' ? known(null) : unknown(`cannot look at ${path} (${errno})`)
      }
    },
    why => unknown(`${path} ${why}`),
  )
