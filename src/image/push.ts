import type { StoredImage } from '../dataroot/images/image-entry.ts'
import { digestOf } from '../dataroot/images/digest.ts'
import { listStores } from '../dataroot/images/list-stores.ts'
import { putReferences } from '../dataroot/images/references.ts'
import { fail, ok } from '../model/errors.ts'
import type { Failure, Result } from '../model/errors.ts'
import type { Descriptor, Reference } from '../model/image.ts'
import { familiarText } from '../model/reference.ts'
import type { OnProgress, RegistryDeps } from './deps.ts'
import { findImage } from './find-image.ts'
import { usingLayers } from './layers-in-use.ts'
import { withStores } from './locks.ts'
import { manifestFor } from './manifest-for.ts'
import { storedName } from './names.ts'
import { pushLayer } from './push-layer.ts'
import { layersOf } from './stored-layers.ts'

export type PushedImage = { readonly imageId: string; readonly digest: string; readonly sentLayers: number }

/** Brings an image that has this name to the name's registry; the tag moves when all of it is there. */
export async function pushImage(
  deps: RegistryDeps,
  reference: Reference,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Result<PushedImage>> {
  const pushed = await usingLayers(deps, signal, async () => {
    const stores = listStores(deps.at)
    if (!stores.ok) return stores
    const found = findImage(stores.value, familiarText(reference))
    if (!found.ok) return found
    if (found.value.reference === null || reference.digest !== null) {
      return refuse('only a tag can be pushed: `reconcile images tag` gives one')
    }
    return await pushStored(deps, reference, found.value.image, onProgress, signal)
  })
  return pushed.ok ? pushed : fail(ofImage(pushed.error, reference))
}

const refuse = (message: string) => fail({ code: 'E_REFERENCE' as const, message })

function ofImage(error: Failure, reference: Reference): Failure {
  const name = familiarText(reference)
  return error.message.includes(name) ? error : { ...error, message: `${name}: ${error.message}` }
}

/** Who may not push, or can't reach the registry, needs no layer's name to know. */
function inLayer(error: Failure, reference: Reference, diffId: string): Failure {
  if (error.code === 'E_REGISTRY_DENIED' || error.code === 'E_REGISTRY_UNREACHABLE') return error
  const name = `${familiarText(reference)}: `
  const rest = error.message.startsWith(name) ? error.message.slice(name.length) : error.message
  return { ...error, message: `${name}layer ${diffId}: ${rest}` }
}

async function pushStored(
  deps: RegistryDeps,
  reference: Reference,
  image: StoredImage,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Result<PushedImage>> {
  const layers = layersOf(deps.at, image)
  if (!layers.ok) return layers
  const descriptors: Descriptor[] = []
  let sentLayers = 0
  for (const layer of layers.value) {
    const said = (state: 'moving' | 'done' | 'there', doneBytes: number) =>
      onProgress({ layer: layer.diffId, state, doneBytes, keptBytes: 0, totalBytes: null })
    said('moving', 0)
    const pushed = await pushLayer(deps, reference, layer, bytes => said('moving', bytes), signal)
    if (!pushed.ok) return fail(inLayer(pushed.error, reference, layer.diffId))
    said(pushed.value.wasThere ? 'there' : 'done', 0)
    descriptors.push(pushed.value.descriptor)
    sentLayers += pushed.value.wasThere ? 0 : 1
  }
  const manifest = manifestFor(image.bytes, descriptors)
  const config = { descriptor: manifest.config, open: () => once(image.bytes), mountFrom: [] }
  const stored = await deps.registry.pushBlob(reference, config, signal)
  if (!stored.ok) return stored
  const named = await deps.registry.pushManifest(reference, manifest, signal)
  if (!named.ok) return named
  const digest = digestOf(manifest.bytes)
  const put = await withStores(deps, signal, () =>
    putReferences(deps.at, [storedName({ ...reference, digest })], image.imageId),
  )
  return put.ok ? ok({ imageId: image.imageId, digest, sentLayers }) : put
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
