import type { SourceName } from './identity.ts'

/** A commit, by which name it was found there, and when this host first saw it. */
export type Revision = { readonly commit: string; readonly ref: string; readonly atMs: number }

/** What earlier runs learned of a Git source. */
export type RepositoryRecord = {
  readonly version: 1
  /** as of `repositoryPlace` */
  readonly place: string
  readonly source: SourceName
  /** the newest commit that was fetched */
  readonly seen: Revision
  /** the newest one without errors */
  readonly good: Revision | null
  /** the name of the directory that has the objects of both */
  readonly directory: string
}

/** A Git source beside what its manifests say. */
export type RevisionState = {
  readonly source: SourceName
  /** as people should see it: `https://git.example/shop.git//deploy (main)` */
  readonly describe: string
  /** what was read last; null: nothing is known of it */
  readonly seen: Revision | null
  /** whose manifests hold; null: what was recorded last does */
  readonly applied: Revision | null
  /** a forced push that brought `seen`: the commit before it, and whether that is certain */
  readonly forced: { readonly from: string; readonly isCertain: boolean } | null
  /** why the repository can't be read now */
  readonly trouble: string | null
}

/** `https://git.example/shop.git//deploy`: a directory of a repository, whatever the commit. Never has credentials. */
export const repositoryPlace = (repository: string, path: string): string =>
  path === '' ? repository : `${repository}//${path}`

/** A file of a repository where a host's file would be its absolute path; with a commit it is that of this one. */
export const repositoryFile = (repository: string, path: string, commit: string | null = null): string =>
  `${repository}//${path}${commit === null ? '' : `@${commit}`}`

export type RepositoryFile = { readonly repository: string; readonly path: string; readonly commit: string | null }

/** Null for a file of this host. */
export function parseRepositoryFile(file: string): RepositoryFile | null {
  const at = file.lastIndexOf('//')
  if (file.startsWith('/') || at < 0) return null
  const path = file.slice(at + 2)
  const commit = /@([0-9a-f]{64}|[0-9a-f]{40})$/.exec(path)?.[1] ?? null
  return {
    repository: file.slice(0, at),
    path: commit === null ? path : path.slice(0, -commit.length - 1),
    commit,
  }
}

/** The place of a repository's file: its directory. */
export const placeOfFile = ({ repository, path }: RepositoryFile): string =>
  repositoryPlace(repository, path.slice(0, Math.max(0, path.lastIndexOf('/'))))

/** As git itself shortens it. */
export const shortCommit = (commit: string): string => commit.slice(0, 7)

/** `deploy/app.yaml@3f2c1d9` */
export const revisionPath = (path: string, commit: string): string => `${path}@${shortCommit(commit)}`
