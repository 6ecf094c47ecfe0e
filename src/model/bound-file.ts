import type { ContainerDeclaration, OnChange } from './desired.ts'
import type { Known } from './errors.ts'

/** What is in a file that is bound into a container. */
export type FileContent = {
  /** device, inode, size and times: as long as they are the same nothing is read. Empty: it was written at that very moment */
  readonly stat: string
  /** of what is in it; of what is too large to be read each time, its inode, size and time */
  readonly digest: string
}

/** `source`: where it came from. */
export type KeptFile = FileContent & { readonly source: string }

/** A bound file of a running container that is not as its process was given it, or was last told of. */
export type BoundFile = {
  readonly target: string
  readonly source: string
  /** `content` null: it is being written, or was just now */
  readonly now: Known<{ readonly changedAtMs: number; readonly content: FileContent | null }>
  /** null: nothing is kept of it */
  readonly before: FileContent | null
}

/** A change is answered once nothing has been written for so long: one save is one change. */
export const settledAfterMs = 250

export const onChangeOf = ({ onChange }: Pick<ContainerDeclaration, 'onChange'>, target: string): OnChange =>
  (onChange !== undefined && Object.hasOwn(onChange, target) ? onChange[target] : undefined) ?? 'report'
