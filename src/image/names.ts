import type { ReferenceName, StoredReference } from '../dataroot/images/references.ts'
import type { Failure } from '../model/errors.ts'
import type { Reference } from '../model/image.ts'
import { familiarName } from '../model/reference.ts'

/** Why no image here can have a name, or null. */
export function nameRefusal(reference: Reference): Failure | null {
  const name = familiarName(reference)
  // what follows it would be taken for a digest
  if (name !== 'sha256' && name !== 'scratch') return null
  return { code: 'E_REFERENCE', message: `'${name}' is a reserved name` }
}

/** How a reference stands in repositories.json: by its digest where it has one, else by its tag. */
export function storedName(reference: Reference): ReferenceName {
  const repository = familiarName(reference)
  const { tag, digest } = reference
  return { repository, reference: digest === null ? `${repository}:${tag ?? 'latest'}` : `${repository}@${digest}` }
}

/**
 * The names that a pulled image gets: what was asked for, and the digest that the registry gave for it. An index's
 * digest may be another platform's image here already; the manifest's own digest never is.
 */
export function pulledNames(
  asked: Reference,
  digests: { readonly index: string | null; readonly manifest: string },
  known: readonly StoredReference[],
  imageId: string,
): readonly ReferenceName[] {
  const digestName = (digest: string) => storedName({ ...asked, digest })
  if (asked.digest !== null) return [storedName(asked)]
  const first = digestName(digests.index ?? digests.manifest)
  const other = known.find(({ reference }) => reference === first.reference)
  const isTaken = other !== undefined && other.imageId !== imageId
  return [storedName(asked), isTaken ? digestName(digests.manifest) : first]
}
