import { posix } from 'node:path'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import type { Reference } from '../../model/image.ts'
import { parseReference } from '../../model/reference.ts'
import type { Archive } from './archive.ts'
import type { ArchivedImage } from './archived-image.ts'
import { parseDocument, textOf, textsOf } from './documents.ts'

const mostManifestBytes = 8 * 1024 * 1024
const mostImages = 1000

/** What `docker save` writes: manifest.json with a list of `{Config, RepoTags, Layers}`. */
export async function readDockerArchive(archive: Archive): Promise<Result<readonly ArchivedImage[]>> {
  const bytes = await archive.read('manifest.json', mostManifestBytes)
  if (!bytes.ok) return bytes
  const list = parseDocument(bytes.value)
  if (!Array.isArray(list)) return refuse('it is no list')
  if (list.length > mostImages) return refuse(`it names ${list.length} images, more than ${mostImages}`)
  const images: ArchivedImage[] = []
  for (const item of list as unknown[]) {
    const image = imageOf(item)
    if (!image.ok) return image
    images.push(image.value)
  }
  return ok(images)
}

const refuse = (why: string) => fail({ code: 'E_SPEC' as const, message: `manifest.json of the archive: ${why}` })

function imageOf(item: unknown): Result<ArchivedImage> {
  const config = textOf(item, 'Config')
  const layers = textsOf(item, 'Layers')
  if (config === null || layers === null) return refuse('an image without Config and Layers')
  const tags: Reference[] = []
  for (const text of textsOf(item, 'RepoTags') ?? []) {
    const reference = parseReference(text)
    if (!reference.ok) return refuse(reference.error.message)
    if (reference.value.digest !== null) return refuse(`${JSON.stringify(text.slice(0, 200))} is no tag`)
    tags.push(reference.value)
  }
  const named = layers.map(name => ({ name: posix.normalize(name), digest: blobDigest(name), mediaType: null }))
  return ok({ configName: posix.normalize(config), configDigest: blobDigest(config), layers: named, tags })
}

/** Newer archives keep everything by digest. */
function blobDigest(name: string): string | null {
  const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(posix.normalize(name))?.[1]
  return hex === undefined ? null : `sha256:${hex}`
}
