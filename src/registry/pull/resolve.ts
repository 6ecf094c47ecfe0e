import { fail, ok } from '../../model/errors.ts'
import type { Platform, Reference, ResolvedImage } from '../../model/image.ts'
import { familiarName, familiarText } from '../../model/reference.ts'
import { tellingWho } from '../access/denied.ts'
import type { Context } from '../access/context.ts'
import { atEndpoints } from '../access/endpoints.ts'
import type { Endpoint } from '../access/endpoints.ts'
import { fetchManifest, namedDigest } from './fetch-manifest.ts'
import { readManifest } from './manifest.ts'
import type { ImageIndex } from './manifest.ts'
import { choose, normalise, platformText } from './platform.ts'
import { pullTrouble } from './trouble.ts'
import { withTries } from '../http/retry.ts'
import { trouble } from '../http/trouble.ts'
import type { Tried } from '../http/trouble.ts'

/** What a reference means for a platform. */
export async function resolve(
  context: Context,
  reference: Reference,
  platform: Platform,
  signal: AbortSignal,
): Promise<Tried<ResolvedImage>> {
  if (familiarName(reference) === 'scratch') return fail(trouble('E_REFERENCE', "'scratch' is a reserved name"))
  const found = await atEndpoints(context, reference.domain, 'read', signal, endpoint =>
    resolveAt(context, endpoint, reference, platform, signal),
  )
  return await asked(context, reference, found, signal)
}

/** A failure in the words of `docker pull`. */
async function asked<T>(
  context: Context,
  reference: Reference,
  found: Tried<T>,
  signal: AbortSignal,
): Promise<Tried<T>> {
  if (found.ok) return found
  return await tellingWho(fail(pullTrouble(found.error, reference)), context.credentials, reference.domain, signal)
}

/** The digest that the reference's tag names now: an index's or a manifest's. Fetches a document only where it must. */
export async function currentDigest(
  context: Context,
  reference: Reference,
  signal: AbortSignal,
): Promise<Tried<string>> {
  const found = await atEndpoints(context, reference.domain, 'read', signal, async endpoint => {
    const named = await withTries(context.bounds, signal, () => namedDigest(context, endpoint, reference, signal))
    if (!named.ok) return named
    if (named.value !== null) return ok(named.value)
    const fetched = await fetchManifest(context, endpoint, reference, null, signal)
    return fetched.ok ? ok(fetched.value.digest) : fetched
  })
  return await asked(context, reference, found, signal)
}

async function resolveAt(
  context: Context,
  endpoint: Endpoint,
  reference: Reference,
  platform: Platform,
  signal: AbortSignal,
): Promise<Tried<ResolvedImage>> {
  const name = familiarText(reference)
  const named = await withTries(context.bounds, signal, () => namedDigest(context, endpoint, reference, signal))
  if (!named.ok) return named
  const top = await fetchManifest(context, endpoint, reference, named.value, signal)
  if (!top.ok) return top
  const document = readManifest(top.value.bytes, top.value.mediaType, name, context.bounds)
  if (!document.ok) return document
  if (document.value.kind === 'manifest') return ok(resolved(top.value, document.value, null))
  const entry = pick(document.value, platform, name)
  if (!entry.ok) return entry
  const inner = await fetchManifest(context, endpoint, reference, entry.value, signal)
  if (!inner.ok) return inner
  const manifest = readManifest(inner.value.bytes, inner.value.mediaType, name, context.bounds)
  if (!manifest.ok) return manifest
  if (manifest.value.kind === 'index') {
    return fail(trouble('E_IMAGE_UNSUPPORTED', `${name}: an index within an index is not supported (${entry.value})`))
  }
  return ok(resolved(inner.value, manifest.value, top.value.digest))
}

function pick(index: ImageIndex, platform: Platform, name: string): Tried<string> {
  const entry = choose(index.entries, platform)
  if (entry !== null) return ok(entry.digest)
  const offered = [
    ...new Set(index.entries.flatMap(({ platform: has }) => (has === null ? [] : [platformText(normalise(has))]))),
  ]
  const has =
    offered.length === 0
      ? ''
      : `: it has ${offered
          .slice(0, 12)
          .join(', ')
          .replaceAll(/[^\x20-\x7e]/g, '?')
          .slice(0, 300)}`
  const wanted = platformText(normalise(platform))
  return fail(
    trouble('E_IMAGE_UNSUPPORTED', `${name}: no matching manifest for ${wanted} in the manifest list entries${has}`),
  )
}

const resolved = (
  fetched: { readonly digest: string; readonly bytes: Buffer },
  manifest: Pick<ResolvedImage, 'config' | 'layers'> & { readonly mediaType: string },
  indexDigest: string | null,
): ResolvedImage => ({
  manifestDigest: fetched.digest,
  manifestMediaType: manifest.mediaType,
  manifestBytes: fetched.bytes,
  config: manifest.config,
  layers: manifest.layers,
  indexDigest,
})
