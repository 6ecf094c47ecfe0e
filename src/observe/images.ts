import { chainIdsOf } from '../dataroot/images/digest.ts'
import { readImage } from '../dataroot/images/image-entry.ts'
import { hasLayer } from '../dataroot/images/register-layer.ts'
import { readReferences } from '../dataroot/images/references.ts'
import { imagePaths } from '../dataroot/layout/paths.ts'
import type { DataRootPaths, ImagePaths } from '../dataroot/layout/paths.ts'
import type { ContainerDeclaration } from '../model/desired.ts'
import type { ObservedImage } from '../model/observed.ts'
import { familiarName, parseReference } from '../model/reference.ts'

const absent: ObservedImage = { state: 'absent' }

/** What each reference of these containers means in the image stores. What is damaged counts as absent: a pull mends it. */
export function observeImages(
  paths: DataRootPaths,
  containers: readonly Pick<ContainerDeclaration, 'spec'>[],
): Record<string, ObservedImage> {
  const wanted = new Set(containers.flatMap(({ spec }) => spec.image ?? []))
  if (wanted.size === 0) return {}
  const at = imagePaths(paths)
  const references = readReferences(at)
  const ids = new Map(references.known ? references.value.map(one => [one.reference, one.imageId]) : [])
  return Object.fromEntries([...wanted].sort().map(text => [text, observeImage(at, ids.get(storedText(text)))]))
}

function observeImage(at: ImagePaths, id: string | undefined): ObservedImage {
  const stored = id === undefined ? null : readImage(at, id)
  if (id === undefined || !stored?.known || stored.value === null) return absent
  const { config } = stored.value
  const top = chainIdsOf(config.diffIds).at(-1)
  return top === undefined || hasLayer(at, top) ? { state: 'present', id, config } : absent
}

/** How a reference stands in repositories.json: by its digest where it has one, else by its tag. */
function storedText(text: string): string {
  const reference = parseReference(text)
  if (!reference.ok) return ''
  const { tag, digest } = reference.value
  return `${familiarName(reference.value)}${digest === null ? `:${tag ?? 'latest'}` : `@${digest}`}`
}
