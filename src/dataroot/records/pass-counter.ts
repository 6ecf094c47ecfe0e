import type { Result } from '../../model/errors.ts'
import { replaceFile } from '../files/atomic.ts'
import { attempt } from '../files/io.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { isPassing, putAside, readStateText } from '../files/state-file.ts'

/** Takes the next pass number; they count over the life of the data-root. Only under the pass lock. Not synced: it explains, nothing depends on it. */
export function nextPass(paths: DataRootPaths, nowMs: number): Result<number> {
  return attempt('count the pass in', paths.passes, () => {
    const last = lastPass(paths)
    if (!last.readable) putAside(paths.passes, nowMs)
    replaceFile(paths.passes, `${last.pass + 1}\n`, 0o600, false)
    return last.pass + 1
  })
}

function lastPass(paths: DataRootPaths): { readable: boolean; pass: number } {
  const text = readStateText(paths.passes, 64)
  if (!text.known && isPassing(text.errno)) throw Object.assign(new Error(text.why), { code: text.errno })
  if (text.known && text.value === null) return { readable: true, pass: 0 }
  const pass = text.known && /^\d{1,15}\n?$/.test(text.value ?? '') ? Number(text.value) : null
  return pass === null ? { readable: false, pass: 0 } : { readable: true, pass }
}
