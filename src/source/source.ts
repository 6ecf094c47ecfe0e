import type { DesiredSource, Problem } from '../model/desired.ts'
import type { Result } from '../model/errors.ts'
import type { SourceName } from '../model/identity.ts'
import type { Revision, RevisionState } from '../model/repository.ts'
import type { IsBeingWritten } from './whole-hint.ts'

/** A manifest's bytes. `file`: as people should see it; `path`: absolute, in the real path of its directory. */
export type SourceFile = { readonly file: string; readonly path: string; readonly text: Uint8Array }

export type SourceReading = {
  /** `badFiles`: those that could not be read; what their manifests get wrong is not known here */
  readonly source: DesiredSource
  readonly texts: readonly SourceFile[]
  readonly problems: readonly Problem[]
  /** the commit that it shows as a whole */
  readonly revision?: Revision
  readonly beside?: BesideFiles
}

/** Files of a repository that its manifests name; they are not on this host. */
export type BesideFiles = {
  /** null: not loaded yet */
  readonly read: (file: string) => Result<Uint8Array, string> | null
  readonly load: (files: readonly string[]) => Promise<void>
}

/** Of a source that is read commit by commit: each holds as a whole, or not at all. */
export type Revisions = {
  /** the last good commit, for when the one that was read has errors; null: none is here */
  readonly lastGood: () => Promise<SourceReading | null>
  /** the commit of this reading is without errors */
  readonly accept: (reading: SourceReading) => Result<void>
  readonly state: (applied: Revision | null) => RevisionState
}

export type WatchOptions = { readonly onError?: (message: string) => void; readonly isBeingWritten?: IsBeingWritten }

/** Where manifests come from. Reading always gives the whole source as it is now; a watch only says when to read. */
export type Source = {
  readonly kind: 'directory' | 'files' | 'git'
  readonly name: SourceName
  /** paths as they were given */
  readonly paths: readonly string[]
  readonly read: () => Promise<SourceReading>
  /** Calls `onHint` soon after something may have changed, until the signal aborts. */
  readonly watch: (onHint: () => void, signal: AbortSignal, options?: WatchOptions) => void
  /** `manifests/`, or the files */
  readonly describe: string
  readonly revisions?: Revisions
  /** nothing is read from it any more */
  readonly close?: () => Promise<void>
}

export type SourceOptions = { readonly name?: string | undefined; readonly allowEmpty?: boolean | undefined }
