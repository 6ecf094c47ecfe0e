import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** The real path of a directory; of one that is missing, that of its nearest parent with the rest behind. */
export function realDirectory(path: string): string {
  const absolute = resolve(path)
  try {
    return realpathSync(absolute)
  } catch {
    const parent = dirname(absolute)
    return parent === absolute ? absolute : join(realDirectory(parent), basename(absolute))
  }
}

/** A file by the real path of its directory. A link in a directory keeps its own name, as in a listing. */
export const realFile = (path: string): string => join(realDirectory(dirname(resolve(path))), basename(path))
