import type { Problem } from '../../model/desired.ts'
import { fail, ok, type Result } from '../../model/errors.ts'
import { repositoryFile, type Revision, revisionPath } from '../../model/repository.ts'
import { maxManifestBytes } from '../directory.ts'
import { isManifestName } from '../manifest-names.ts'
import type { FileReading } from '../reading.ts'
import type { BesideFiles } from '../source.ts'
import { besideFiles } from './beside.ts'
import { readBlobs } from './blobs.ts'
import type { Git } from './calls.ts'
import { entryFault, findTree, listTree, type TreeEntry } from './tree.ts'
import type { Trouble } from './trouble.ts'

/** Where a source's manifests are: a repository and a directory of it, `` for its top. */
export type Place = { readonly repository: string; readonly path: string }

/** The manifests of one commit, for ever the same. */
export type Snapshot = {
  readonly revision: Revision
  /** the directory of ours that has its objects */
  readonly directory: string
  readonly files: readonly FileReading[]
  readonly beside: BesideFiles
  /** why the commit has no directory of manifests that can be read; `isGone`: because it has no such directory */
  readonly fault: { readonly message: string; readonly isGone: boolean } | null
}

/** Reads the manifests of a commit from its objects. What is wrong with single files is told with them. */
export async function readSnapshot(
  git: Git,
  directory: string,
  revision: Revision,
  place: Place,
  signal: AbortSignal,
): Promise<Result<Snapshot, Trouble>> {
  const beside = besideFiles(git, directory, revision.commit, signal)
  const without = (message: string, isGone = false): Snapshot => ({
    revision,
    directory,
    beside,
    files: [],
    fault: { message, isGone },
  })
  const found = await findTree(git, directory, revision.commit, place.path, signal)
  if (!found.ok) return found
  if ('fault' in found.value) return ok(without(found.value.fault, found.value.isGone))
  const listed = await listTree(git, directory, found.value.tree, signal)
  if (!listed.ok) return listed.error.kind === 'too-much' ? ok(without('it has too many files')) : listed
  const entries = listed.value.filter(({ name }) => isManifestName(name)).sort(byName)
  if (entries.length > git.limits.files) return ok(without(`it has more than ${git.limits.files} manifests`))
  const readable = entries.filter(entry => entryFault(entry) === null && sizeFault(entry) === null)
  if (readable.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0) > git.limits.contentBytes)
    return ok(without(`its manifests have more than ${git.limits.contentBytes / 1024 / 1024} MiB together`))
  const contents = await readBlobs(git, directory, readable, signal)
  if (!contents.ok) return contents
  const files = entries.map(entry => fileOf(entry, contents.value, place, revision.commit))
  return ok({ revision, directory, files, beside, fault: null })
}

const byName = (a: TreeEntry, b: TreeEntry): number => (a.name < b.name ? -1 : 1)

const sizeFault = ({ bytes }: TreeEntry): string | null =>
  (bytes ?? 0) > maxManifestBytes ? `larger than ${maxManifestBytes / 1024 / 1024} MiB (${bytes} bytes)` : null

function fileOf(
  entry: TreeEntry,
  contents: ReadonlyMap<string, Uint8Array>,
  { repository, path }: Place,
  commit: string,
): FileReading {
  const inside = path === '' ? entry.name : `${path}/${entry.name}`
  const fault = entryFault(entry) ?? sizeFault(entry)
  return {
    file: revisionPath(inside, commit),
    path: repositoryFile(repository, inside),
    bytes: fault === null ? content(contents.get(entry.object)) : fail(fault),
  }
}

const largeFilePointer = 'version https://git-lfs.github.com/spec/'

function content(bytes: Uint8Array | undefined): Result<Uint8Array, string> {
  if (bytes === undefined) return fail('its content is missing')
  const isPointer = Buffer.from(bytes.subarray(0, largeFilePointer.length)).toString('latin1') === largeFilePointer
  return isPointer ? fail('a pointer of Git LFS; what it stands for is not in the repository') : ok(bytes)
}

/** What is wrong with a commit as a whole. */
export const snapshotProblem = ({ fault }: Snapshot, place: Place): Problem | null =>
  fault === null
    ? null
    : { position: null, file: repositoryFile(place.repository, place.path), message: fault.message, excerpt: null }
