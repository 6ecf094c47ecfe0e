import type { Reference } from '../../model/image.ts'

/** An image as an archive describes it: nothing of it is verified yet but that the documents can be read. */
export type ArchivedImage = {
  readonly configName: string
  /** null: nothing says what it must be */
  readonly configDigest: string | null
  /** the base first */
  readonly layers: readonly {
    readonly name: string
    readonly digest: string | null
    readonly mediaType: string | null
  }[]
  readonly tags: readonly Reference[]
}
