import type { DesiredSource, Problem } from '../model/desired.ts'
import type { SourceName } from '../model/identity.ts'

/** A manifest's bytes. `file`: as people should see it; `path`: absolute, in the real path of its directory. */
export type SourceFile = { readonly file: string; readonly path: string; readonly text: Uint8Array }

export type SourceReading = {
  /** `badFiles`: those that could not be read; what their manifests get wrong is not known here */
  readonly source: DesiredSource
  readonly texts: readonly SourceFile[]
  readonly problems: readonly Problem[]
}

/** Where manifests come from. Reading always gives the whole source as it is now; a watch only says when to read. */
export type Source = {
  readonly kind: 'directory' | 'files'
  readonly name: SourceName
  /** paths as they were given */
  readonly paths: readonly string[]
  readonly read: () => Promise<SourceReading>
  /** Calls `onHint` soon after something may have changed, until the signal aborts. */
  readonly watch: (onHint: () => void, signal: AbortSignal, onError?: (message: string) => void) => void
  /** `manifests/`, or the files */
  readonly describe: string
}

export type SourceOptions = { readonly name?: string | undefined; readonly allowEmpty?: boolean | undefined }
