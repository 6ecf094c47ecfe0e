import type { StoredImage } from '../dataroot/images/image-entry.ts'
import type { Stores } from '../dataroot/images/list-stores.ts'
import { fail, ok } from '../model/errors.ts'
import type { Result } from '../model/errors.ts'
import type { Reference } from '../model/image.ts'
import { parseReference } from '../model/reference.ts'
import { storedName } from './names.ts'

/** An image as a user names it; `reference` null where that was by its id. */
export type FoundImage = { readonly image: StoredImage; readonly reference: Reference | null }

/** By name, by id, or by the beginning of its id (at least 4 digits). E_STATE says what is wrong. */
export function findImage(stores: Stores, text: string): Result<FoundImage> {
  const named = byName(stores, text)
  if (named !== null) return ok(named)
  const digits = /^(?:sha256:)?([0-9a-f]{4,64})$/.exec(text)?.[1]
  const found =
    digits === undefined ? [] : stores.images.filter(({ imageId }) => imageId.startsWith(`sha256:${digits}`))
  const [image] = found
  if (found.length > 1) return refuse(`${text} is the beginning of ${found.length} image ids`)
  if (image !== undefined) return ok({ image, reference: null })
  const bad = stores.bad.find(({ kind, name }) => kind === 'image' && digits !== undefined && name.includes(digits))
  if (bad !== undefined) return refuse(`image ${bad.name} can't be used: ${bad.why}`)
  return refuse(
    `${text} is no image of this data-root; ${otherTags(stores, text) ?? '`reconcile images ls` lists them'}`,
  )
}

const mostTags = 5

/** `app has the tags 1.2, 1.3`: who left the tag away, or mistyped it, sees which there are. */
function otherTags({ references }: Stores, text: string): string | null {
  const reference = parseReference(text)
  if (!reference.ok) return null
  const { repository } = storedName(reference.value)
  const tags = references
    .filter(one => one.repository === repository && !one.reference.includes('@'))
    .map(one => one.reference.slice(repository.length + 1))
  if (tags.length === 0) return null
  const more = tags.length > mostTags ? ', …' : ''
  return `${repository} has the tag${tags.length === 1 ? '' : 's'} ${tags.slice(0, mostTags).join(', ')}${more}`
}

const refuse = (message: string) => fail({ code: 'E_STATE' as const, message })

function byName(stores: Stores, text: string): FoundImage | null {
  const reference = parseReference(text)
  if (!reference.ok) return null
  const name = storedName(reference.value).reference
  const imageId = stores.references.find(one => one.reference === name)?.imageId
  const image = stores.images.find(one => one.imageId === imageId)
  return image === undefined ? null : { image, reference: reference.value }
}
