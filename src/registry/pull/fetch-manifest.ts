import { fail, ok } from '../../model/errors.ts'
import type { Reference } from '../../model/image.ts'
import { familiarText, isDigest } from '../../model/reference.ts'
import { authorised } from '../access/authorised.ts'
import { wholeBody } from '../http/body.ts'
import type { Context } from '../access/context.ts'
import type { Endpoint } from '../access/endpoints.ts'
import { answerTrouble } from '../http/error-document.ts'
import { acceptManifests } from './media-types.ts'
import { withTries } from '../http/retry.ts'
import { trouble } from '../http/trouble.ts'
import type { Tried } from '../http/trouble.ts'
import { digestOf } from '../http/verify.ts'

export type Fetched = { readonly digest: string; readonly mediaType: string; readonly bytes: Buffer }

export const pullScope = (reference: Reference): readonly string[] => [`repository:${reference.path}:pull`]

/**
 * The digest that a reference names now. A HEAD request costs nothing of Docker Hub's limit; null where the registry
 * does not say it this way (then only the document itself tells).
 */
export async function namedDigest(
  context: Context,
  endpoint: Endpoint,
  reference: Reference,
  signal: AbortSignal,
): Promise<Tried<string | null>> {
  if (reference.digest !== null) return ok(reference.digest)
  const target = `/v2/${reference.path}/manifests/${reference.tag ?? 'latest'}`
  const headers = { accept: acceptManifests }
  const answer = await authorised(
    context,
    endpoint,
    { method: 'HEAD', target, headers, scopes: pullScope(reference) },
    signal,
  )
  if (!answer.ok) return answer
  answer.value.body.resume()
  const digest = answer.value.headers['docker-content-digest']
  const isTold = answer.value.status === 200 && typeof digest === 'string' && isDigest(digest)
  return ok(isTold ? digest : null)
}

/** The document that `which` (a digest, or null for the reference's tag) names, its bytes verified. */
export async function fetchManifest(
  context: Context,
  endpoint: Endpoint,
  reference: Reference,
  which: string | null,
  signal: AbortSignal,
): Promise<Tried<Fetched>> {
  const { bounds } = context
  const target = `/v2/${reference.path}/manifests/${which ?? reference.tag ?? 'latest'}`
  const ask = { method: 'GET' as const, target, headers: { accept: acceptManifests }, scopes: pullScope(reference) }
  return await withTries(bounds, signal, async () => {
    const answer = await authorised(context, endpoint, ask, signal)
    if (!answer.ok) return answer
    if (answer.value.status !== 200) return fail(await answerTrouble(answer.value, bounds, context.nowMs(), signal))
    const body = await wholeBody(answer.value, bounds.manifestBytes, bounds, signal)
    if (!body.ok) return body
    const told = answer.value.headers['docker-content-digest']
    const expected = which ?? (typeof told === 'string' && isDigest(told) ? told : null)
    const digest = digestOf(body.value, expected ?? 'sha256:')
    if (expected !== null && digest !== expected) {
      const message = `${familiarText(reference)}: manifest verification failed for digest ${expected}: got ${digest}`
      return fail(trouble('E_DIGEST', message))
    }
    return ok({ digest, mediaType: answer.value.headers['content-type'] ?? '', bytes: body.value })
  })
}
