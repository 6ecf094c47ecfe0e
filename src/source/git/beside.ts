import { fail, type Result } from '../../model/errors.ts'
import { parseRepositoryFile } from '../../model/repository.ts'
import type { BesideFiles } from '../source.ts'
import { readBlobs } from './blobs.ts'
import type { Git } from './calls.ts'
import { entryFault, listPaths, type TreeEntry } from './tree.ts'

const longestFileBytes = 1024 * 1024
const mostFiles = 1000

/** Files of the same commit that manifests name; each is read once. */
export function besideFiles(git: Git, directory: string, commit: string, signal: AbortSignal): BesideFiles {
  const read = new Map<string, Result<Uint8Array, string>>()
  const load = async (files: readonly string[]): Promise<void> => {
    const fresh = files.filter(file => !read.has(file))
    for (const file of fresh.slice(Math.max(0, mostFiles - read.size)))
      read.set(file, fail(`manifests of one commit may name ${mostFiles} env files`))
    const named = new Map(
      fresh.flatMap(file => (read.has(file) ? [] : [[parseRepositoryFile(file)?.path ?? '', file] as const])),
    )
    if (named.size === 0) return
    const entries = await listPaths(git, directory, commit, [...named.keys()], signal)
    const readable = entries.ok ? [...entries.value.values()].filter(entry => faultOf(entry) === null) : []
    const contents = await readBlobs(git, directory, readable, signal)
    for (const [path, file] of named) {
      const entry = entries.ok ? entries.value.get(path) : undefined
      const fault = !entries.ok ? entries.error.message : entry === undefined ? absent : faultOf(entry)
      const bytes = contents.ok && entry !== undefined ? contents.value.get(entry.object) : undefined
      read.set(file, fault === null && bytes !== undefined ? { ok: true, value: bytes } : fail(fault ?? unread))
    }
  }
  return { read: file => read.get(file) ?? null, load }
}

const absent = 'no such file in this commit'
const unread = 'its content could not be read'

const faultOf = (entry: TreeEntry): string | null =>
  entryFault(entry) ?? ((entry.bytes ?? 0) > longestFileBytes ? `larger than 1 MiB (${entry.bytes} bytes)` : null)
