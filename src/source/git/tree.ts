import { fail, ok, type Result } from '../../model/errors.ts'
import { askLocal, type Git } from './calls.ts'
import type { Trouble } from './trouble.ts'

/** An entry of a tree as git has it; nothing of it is trusted to be a path. */
export type TreeEntry = {
  readonly mode: string
  readonly object: string
  /** null for what is no blob */
  readonly bytes: number | null
  readonly name: string
}

const linkMode = '120000'
const submoduleMode = '160000'
const treeMode = '040000'

/** Why an entry is no file that can be read, or null; a link is never followed, a submodule never fetched. */
export function entryFault({ mode, name }: TreeEntry): string | null {
  if (mode === linkMode) return 'a symbolic link; links in a repository are not followed'
  if (mode === submoduleMode) return 'a submodule; submodules are not fetched'
  if (mode === treeMode) return 'a directory, not a regular file'
  return name.includes('/') ? 'a name with "/" in it' : null
}

/** The tree of a directory in a commit; a text when there is none, which says why. */
export async function findTree(
  git: Git,
  directory: string,
  commit: string,
  path: string,
  signal: AbortSignal,
): Promise<Result<{ readonly tree: string } | { readonly fault: string; readonly isGone: boolean }, Trouble>> {
  if (path === '') return ok({ tree: `${commit}^{tree}` })
  const found = await listPaths(git, directory, commit, [path], signal)
  if (!found.ok) return found
  const entry = found.value.get(path)
  if (entry === undefined) return ok({ fault: 'no such directory in this commit', isGone: true })
  if (entry.mode === treeMode) return ok({ tree: entry.object })
  return ok({ fault: entryFault(entry) ?? 'a file, not a directory', isGone: false })
}

/** What stands directly in a tree. */
export async function listTree(
  git: Git,
  directory: string,
  tree: string,
  signal: AbortSignal,
): Promise<Result<TreeEntry[], Trouble>> {
  const call = {
    args: ['ls-tree', '-z', '-l', '--full-tree', tree],
    what: 'list the files of a commit',
    maxOutputBytes: git.limits.listingBytes,
  }
  const listed = await askLocal(git, directory, call, signal)
  return listed.ok ? parseTree(listed.value.stdout) : listed
}

/** Those of these paths that a commit has; a path that leads through a link has nothing at its end. */
export async function listPaths(
  git: Git,
  directory: string,
  commit: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Result<ReadonlyMap<string, TreeEntry>, Trouble>> {
  const call = {
    args: ['ls-tree', '-z', '-l', '--full-tree', commit, '--', ...paths],
    what: 'look for files in a commit',
    maxOutputBytes: git.limits.listingBytes,
  }
  const listed = await askLocal(git, directory, call, signal)
  if (!listed.ok) return listed
  const entries = parseTree(listed.value.stdout)
  if (!entries.ok) return entries
  const byPath = entries.value.map(entry => [entry.name, { ...entry, name: entry.name.replace(/^.*\//s, '') }] as const)
  return ok(new Map(byPath))
}

/** Entries of `ls-tree -z -l`: `<mode> <type> <object> <size>\t<name>\0`. */
export function parseTree(output: Buffer): Result<TreeEntry[], Trouble> {
  const entries: TreeEntry[] = []
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0, at)
    const text = output.toString('utf8', at, end < 0 ? output.length : end)
    const fields = /^(\d{6}) [a-z]+ ([0-9a-f]{40,64}) +(-|\d+)\t(.*)$/s.exec(text)
    if (fields === null) return fail({ kind: 'own', message: 'git lists the files of a commit in an unknown way' })
    const [, mode = '', object = '', size = '-', name = ''] = fields
    entries.push({ mode, object, bytes: size === '-' ? null : Number(size), name })
    at = end < 0 ? output.length : end + 1
  }
  return ok(entries)
}
