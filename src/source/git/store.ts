import type { Known, Result } from '../../model/errors.ts'
import type { RepositoryRecord } from '../../model/repository.ts'

/**
 * Where a source keeps objects and what it knows. Each transfer has a directory of its own, made from what is there by
 * links; none is changed once the record names it, so nobody waits for anybody, and a crash leaves only litter.
 */
export type Store = {
  /** false: for one look; nothing of it stays, and nothing is taken over from what is kept */
  readonly isKept: boolean
  /** `known(null)`: nothing yet */
  readonly record: () => Known<RepositoryRecord | null>
  readonly keep: (record: RepositoryRecord) => Result<void>
  /** the absolute path of a directory that a record names */
  readonly pathOf: (directory: string) => string
  /** makes an empty directory; its name */
  readonly newDirectory: () => Result<string>
  /** removes directories that neither the record nor another living process needs */
  readonly sweep: () => Promise<void>
  /** the source is not read any more */
  readonly close: () => Promise<void>
}
