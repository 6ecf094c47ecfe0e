import { noteTagged } from '../dataroot/images/image-entry.ts'
import { listStores } from '../dataroot/images/list-stores.ts'
import { putReferences } from '../dataroot/images/references.ts'
import { fail, ok } from '../model/errors.ts'
import type { Result } from '../model/errors.ts'
import { parseReference } from '../model/reference.ts'
import type { ImageDeps } from './deps.ts'
import { findImage } from './find-image.ts'
import { withStores } from './locks.ts'
import { nameRefusal, storedName } from './names.ts'

/** Gives an image one more name; a tag that another image has moves. */
export function tagImage(
  deps: ImageDeps,
  source: string,
  target: string,
  signal: AbortSignal,
): Promise<Result<{ readonly imageId: string; readonly name: string }>> {
  return withStores(deps, signal, () => {
    const reference = parseReference(target)
    if (!reference.ok) return reference
    if (reference.value.digest !== null) {
      return fail({ code: 'E_REFERENCE', message: `${target}: an image can't be given a digest` })
    }
    const refusal = nameRefusal(reference.value)
    if (refusal !== null) return fail(refusal)
    const stores = listStores(deps.at)
    if (!stores.ok) return stores
    const found = findImage(stores.value, source)
    if (!found.ok) return found
    const { imageId } = found.value.image
    const name = storedName(reference.value)
    const put = putReferences(deps.at, [name], imageId)
    if (!put.ok) return put
    const noted = noteTagged(deps.at, imageId, deps.nowMs())
    return noted.ok ? ok({ imageId, name: name.reference }) : noted
  })
}
