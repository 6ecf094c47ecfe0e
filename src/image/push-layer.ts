import type { Readable } from 'node:stream'
import { Readable as ReadableStream } from 'node:stream'
import { createGzip } from 'node:zlib'
import { blobFacts, rememberFacts } from '../dataroot/images/blob-facts.ts'
import { blobSources, rememberBlob } from '../dataroot/images/distribution.ts'
import type { StoredLayer } from '../dataroot/images/layer-entry.ts'
import { fail, ok } from '../model/errors.ts'
import type { Result } from '../model/errors.ts'
import type { Descriptor, Reference } from '../model/image.ts'
import { transferFailure } from '../registry/http/trouble.ts'
import { layerTar } from './copy-layer.ts'
import { counted } from './counted.ts'
import type { RegistryDeps } from './deps.ts'

const gzipLayer = 'application/vnd.docker.image.rootfs.diff.tar.gzip'

export type PushedLayer = { readonly descriptor: Descriptor; readonly wasThere: boolean }

/** Brings a layer into a repository: not at all where its blob is there or can be mounted, else compressed on the way. */
export async function pushLayer(
  deps: RegistryDeps,
  reference: Reference,
  layer: StoredLayer,
  onBytes: (doneBytes: number) => void,
  signal: AbortSignal,
): Promise<Result<PushedLayer>> {
  const known = await knownLayer(deps, reference, layer, signal)
  if (!known.ok) return known
  if (known.value !== null) return ok({ descriptor: known.value, wasThere: true })
  const sent = await sendLayer(deps, reference, layer, onBytes, signal)
  if (!sent.ok) return sent
  const { digest, sizeBytes } = sent.value
  rememberBlob(deps.at, layer.diffId, { digest, repository: `${reference.domain}/${reference.path}` })
  rememberFacts(deps.at, digest, { sizeBytes, mediaType: gzipLayer })
  return ok({ descriptor: { digest, sizeBytes, mediaType: gzipLayer, urls: [] }, wasThere: false })
}

/** The newest blobs first: their registry has them most likely still. */
async function knownLayer(
  { at, registry }: RegistryDeps,
  reference: Reference,
  { diffId }: StoredLayer,
  signal: AbortSignal,
): Promise<Result<Descriptor | null>> {
  const prefix = `${reference.domain}/`
  const paths = new Map<string, string[]>()
  for (const { digest, repository } of [...blobSources(at, diffId)].reverse()) {
    if (!repository.startsWith(prefix)) continue
    paths.set(digest, [...(paths.get(digest) ?? []), repository.slice(prefix.length)])
  }
  for (const [digest, mountFrom] of paths) {
    const facts = blobFacts(at, digest)
    if (facts === null) continue
    const known = await registry.knownBlob(reference, { digest, mountFrom }, signal)
    if (!known.ok) return known
    if (known.value) return ok({ digest, ...facts, urls: [] })
  }
  return ok(null)
}

async function sendLayer(
  deps: RegistryDeps,
  reference: Reference,
  layer: StoredLayer,
  onBytes: (doneBytes: number) => void,
  signal: AbortSignal,
) {
  const tar: Readable = ReadableStream.from(counted(layerTar(deps, layer), 0, onBytes), { objectMode: false })
  const gzip = createGzip()
  tar.on('error', error => gzip.destroy(error))
  try {
    return await deps.registry.pushStream(reference, tar.pipe(gzip), signal)
  } catch (error) {
    const found = transferFailure(error)
    if (found === null) throw error
    return fail(found)
  } finally {
    tar.destroy()
    gzip.destroy()
  }
}
