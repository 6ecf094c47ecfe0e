import { parseImageConfig } from '../dataroot/images/image-config.ts'
import { createImage } from '../dataroot/images/image-entry.ts'
import { putReferences, readReferences } from '../dataroot/images/references.ts'
import type { Failure, Result } from '../model/errors.ts'
import { fail, ok } from '../model/errors.ts'
import type { Platform, Reference, ResolvedImage } from '../model/image.ts'
import { familiarText } from '../model/reference.ts'
import { notForHere, notOfPlatform, notStorable } from './check-config.ts'
import type { OnProgress, RegistryDeps } from './deps.ts'
import { remoteLayer } from './fetch-layer.ts'
import { usingLayers } from './layers-in-use.ts'
import { withStores } from './locks.ts'
import { nameRefusal, pulledNames } from './names.ts'
import { placeLayers } from './place-layers.ts'

export type Pulled = {
  readonly imageId: string
  /** what the name means at the registry: an index's digest where it names one, else the manifest's */
  readonly digest: string
  /** the image that the name meant here before, null: none, or this one */
  readonly before: string | null
  /** true: nothing has changed here */
  readonly wasHere: boolean
}

/** Brings an image here and names it. `isAsked`: no other platform will do, also where there is no index to choose from. Nothing can be seen of it before all of it is here and verified. */
export async function pullImage(
  deps: RegistryDeps,
  reference: Reference,
  { platform, isAsked = false }: { readonly platform: Platform; readonly isAsked?: boolean },
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Result<Pulled>> {
  const refusal = nameRefusal(reference)
  if (refusal !== null) return fail(refusal)
  const pulled = await usingLayers(deps, signal, async () => {
    const resolved = await deps.registry.resolve(reference, platform, signal)
    if (!resolved.ok) return resolved
    return await pullResolved(
      deps,
      reference,
      { image: resolved.value, asked: isAsked ? platform : null },
      onProgress,
      signal,
    )
  })
  return pulled.ok ? pulled : fail(ofImage(pulled.error, reference))
}

/** The name under which the image was asked for stands in every message. */
function ofImage(error: Failure, reference: Reference): Failure {
  const name = familiarText(reference)
  return error.message.includes(name) ? error : { ...error, message: `${name}: ${error.message}` }
}

async function pullResolved(
  deps: RegistryDeps,
  reference: Reference,
  { image, asked }: { readonly image: ResolvedImage; readonly asked: Platform | null },
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Result<Pulled>> {
  const config = await deps.registry.smallBlob(reference, image.config, signal)
  if (!config.ok) return config
  const parsed = parseImageConfig(config.value)
  if (!parsed.ok) return parsed
  const problem =
    notForHere(parsed.value, image.layers.length) ?? notStorable(image.layers) ?? notOfPlatform(parsed.value, asked)
  if (problem !== null) return fail(problem)
  const wanted = image.layers.map((descriptor, i) =>
    remoteLayer(deps, reference, descriptor, parsed.value.diffIds[i] ?? ''),
  )
  const placed = await placeLayers(deps, wanted, onProgress, signal)
  if (!placed.ok) return placed
  return await withStores(deps, signal, () => nameImage(deps, reference, image, config.value))
}

function nameImage(
  { at }: RegistryDeps,
  reference: Reference,
  { indexDigest, manifestDigest }: ResolvedImage,
  config: Uint8Array,
): Result<Pulled> {
  const created = createImage(at, config)
  if (!created.ok) return created
  const { imageId } = created.value
  const known = readReferences(at)
  const names = pulledNames(
    reference,
    { index: indexDigest, manifest: manifestDigest },
    known.known ? known.value : [],
    imageId,
  )
  const before = known.known ? known.value.find(name => name.reference === names[0]?.reference) : undefined
  const put = putReferences(at, names, imageId)
  if (!put.ok) return put
  const moved = before !== undefined && before.imageId !== imageId
  return ok({
    imageId,
    digest: indexDigest ?? manifestDigest,
    before: moved ? before.imageId : null,
    wasHere: before?.imageId === imageId,
  })
}
