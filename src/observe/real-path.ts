import { realpath } from 'node:fs/promises'
import { known, unknown, type Known } from '../model/errors.ts'
import { withinDeadline } from './deadline.ts'
import { errnoOf } from './files.ts'

/** A path of the host without links; null: there is nothing. */
export type RealPath = Known<string | null>

export const realPath = (path: string): Promise<RealPath> =>
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
