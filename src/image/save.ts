import type { StoredImage } from '../dataroot/images/image-entry.ts'
import type { StoredLayer } from '../dataroot/images/layer-entry.ts'
import { listStores } from '../dataroot/images/list-stores.ts'
import { fail, ok } from '../model/errors.ts'
import type { Result } from '../model/errors.ts'
import type { Reference } from '../model/image.ts'
import { transferFailure } from '../registry/http/trouble.ts'
import { SizeError } from './archive/archive-writer.ts'
import type { ArchiveWriter } from './archive/archive-writer.ts'
import { blobName, layoutDocuments } from './archive/layout-documents.ts'
import type { SavedImage } from './archive/layout-documents.ts'
import { layerTar } from './copy-layer.ts'
import { counted } from './counted.ts'
import type { ImageDeps, OnProgress } from './deps.ts'
import { findImage } from './find-image.ts'
import { usingLayers } from './layers-in-use.ts'
import { layersOf, tarBytes } from './stored-layers.ts'
import { isSystemError, systemFailure } from './system-failure.ts'

/**
 * Writes images into one archive that Docker's engine loads and that is an OCI layout; every layer is verified, byte for
 * byte. An image that is named by its id or a digest has no name in it.
 */
export function saveArchive(
  deps: ImageDeps,
  texts: readonly string[],
  writer: ArchiveWriter,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Result<void>> {
  return usingLayers(deps, signal, async () => {
    const chosen = choose(deps, texts)
    if (!chosen.ok) return chosen
    const images: SavedImage[] = []
    const layers = new Map<string, SizedLayer>()
    for (const { image, tags } of chosen.value) {
      const found = await sized(deps, image)
      if (!found.ok) return found
      for (const layer of found.value) layers.set(layer.diffId, layer)
      images.push({
        config: image.bytes,
        layers: found.value.map(({ diffId, tarSize }) => ({ diffId, sizeBytes: tarSize })),
        tags,
      })
    }
    return await write(deps, images, [...layers.values()], writer, onProgress, signal)
  })
}

type SizedLayer = StoredLayer & { readonly tarSize: number }
type Chosen = { readonly image: StoredImage; readonly tags: readonly Reference[] }

function choose({ at }: ImageDeps, texts: readonly string[]): Result<readonly Chosen[]> {
  const stores = listStores(at)
  if (!stores.ok) return stores
  const chosen = new Map<string, Chosen>()
  for (const text of texts) {
    const found = findImage(stores.value, text)
    if (!found.ok) return found
    const { image, reference } = found.value
    const before = chosen.get(image.imageId)?.tags ?? []
    const isTag = reference !== null && reference.digest === null
    chosen.set(image.imageId, { image, tags: isTag ? [...before, reference] : before })
  }
  return ok([...chosen.values()])
}

async function sized({ at }: ImageDeps, image: StoredImage): Promise<Result<readonly SizedLayer[]>> {
  const layers = layersOf(at, image)
  if (!layers.ok) return layers
  const found: SizedLayer[] = []
  for (const layer of layers.value) {
    const tarSize = await tarBytes(at, layer)
    if (!tarSize.ok) return tarSize
    found.push({ ...layer, tarSize: tarSize.value })
  }
  return ok(found)
}

async function write(
  deps: ImageDeps,
  images: readonly SavedImage[],
  layers: readonly SizedLayer[],
  writer: ArchiveWriter,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Result<void>> {
  try {
    for (const { name, bytes } of layoutDocuments(images)) await writer.add(name, bytes.length, pieces(bytes))
    for (const layer of layers) {
      if (signal.aborted) return fail({ code: 'E_CANCELLED', message: 'cancelled' })
      const said = (state: 'moving' | 'done', doneBytes: number) =>
        onProgress({ layer: layer.diffId, state, doneBytes, keptBytes: 0, totalBytes: layer.tarSize })
      const bytes = untilAborted(layerTar(deps, layer), signal)
      await writer.add(
        blobName(layer.diffId),
        layer.tarSize,
        counted(bytes, 0, done => said('moving', done)),
      )
      said('done', layer.tarSize)
    }
    await writer.end()
    return ok(undefined)
  } catch (error) {
    if (signal.aborted) return fail({ code: 'E_CANCELLED', message: 'cancelled' })
    const found = transferFailure(error)
    if (found !== null) return fail(found)
    if (error instanceof SizeError) return fail({ code: 'E_STATE', message: `${error.message}: the layer is damaged` })
    if (isSystemError(error)) return fail(systemFailure('write', error, error.path ?? 'the archive'))
    throw error
  }
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function* untilAborted(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    if (signal.aborted) return
    yield piece
  }
}
