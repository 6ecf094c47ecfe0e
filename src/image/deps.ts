import type { ImagePaths } from '../dataroot/layout/paths.ts'
import type { ProcessIdentity } from '../model/identity.ts'
import type { Registry } from '../registry/client.ts'
import type { Core } from '../runtime/core.ts'

/** What work on images needs; `at` of an opened data-root whose image stores were opened too. */
export type ImageDeps = {
  readonly at: ImagePaths
  readonly core: Pick<Core, 'unpack' | 'assemble' | 'sync' | 'lock'>
  /** this process: what it leaves behind when it dies is known by that */
  readonly owner: ProcessIdentity
  readonly nowMs: () => number
}

export type RegistryDeps = ImageDeps & { readonly registry: Registry }

/** How far a layer is. Bytes are those of the blob, or of the archive; `totalBytes` null: nobody knows. */
export type LayerProgress = {
  /** the blob's digest, or the layer's DiffID */
  readonly layer: string
  readonly state: 'waiting' | 'moving' | 'unpacked' | 'done' | 'there'
  readonly doneBytes: number
  /** those of them that an interrupted transfer had brought before */
  readonly keptBytes: number
  readonly totalBytes: number | null
}

export type OnProgress = (progress: LayerProgress) => void
