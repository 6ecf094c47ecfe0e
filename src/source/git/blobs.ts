import { fail, ok, type Result } from '../../model/errors.ts'
import { askLocal, type Git } from './calls.ts'
import type { Trouble } from './trouble.ts'

type Wanted = { readonly object: string; readonly bytes: number | null }

/** The content of blobs, each object once, through one process; the caller has bounded their sizes. */
export async function readBlobs(
  git: Git,
  directory: string,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): Promise<Result<ReadonlyMap<string, Uint8Array>, Trouble>> {
  const sizes = new Map(wanted.map(({ object, bytes }) => [object, bytes ?? 0]))
  if (sizes.size === 0) return ok(new Map())
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  const call = {
    args: ['cat-file', '--batch', '--buffer'],
    what: 'read the files of a commit',
    input: [...sizes.keys()].map(object => `${object}\n`).join(''),
    maxOutputBytes: total + sizes.size * longestHeader,
  }
  const read = await askLocal(git, directory, call, signal)
  return read.ok ? parseBatch(read.value.stdout) : read
}

/** An object id, ` blob `, a size, and two line ends. */
const longestHeader = 64 + 6 + 20 + 2

/** Objects of `cat-file --batch`: `<object> blob <size>\n<content>\n`. */
export function parseBatch(output: Buffer): Result<ReadonlyMap<string, Uint8Array>, Trouble> {
  const contents = new Map<string, Uint8Array>()
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0x0a, at)
    const header = output.toString('latin1', at, end < 0 ? Math.min(output.length, at + longestHeader) : end)
    const fields = /^([0-9a-f]{40,64}) blob (\d+)$/.exec(header)
    const from = end + 1
    const until = from + Number(fields?.[2] ?? 0)
    if (fields === null || end < 0 || until >= output.length)
      return fail({ kind: 'own', message: `our copy of the repository is damaged (${header.slice(0, 100)})` })
    contents.set(fields[1] ?? '', output.subarray(from, until))
    at = until + 1
  }
  return ok(contents)
}
