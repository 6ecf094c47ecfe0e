import { fail, ok } from '../../model/errors.ts'
import type { Reference } from '../../model/image.ts'
import { isDigest } from '../../model/reference.ts'
import type { Context } from '../access/context.ts'
import { atEndpoints } from '../access/endpoints.ts'
import { ask, pushScopes } from './session.ts'
import { withTries } from '../http/retry.ts'
import { trouble } from '../http/trouble.ts'
import type { Tried } from '../http/trouble.ts'
import { digestOf } from '../http/verify.ts'

/** Names what was pushed before: puts a manifest under the reference's tag, or under its digest alone. */
export async function pushManifest(
  context: Context,
  reference: Reference,
  manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
  signal: AbortSignal,
): Promise<Tried<string>> {
  const digest = digestOf(manifest.bytes)
  const target = `/v2/${reference.path}/manifests/${reference.tag ?? digest}`
  const headers = { 'content-type': manifest.mediaType, 'content-length': manifest.bytes.length }
  return await atEndpoints(context, reference.domain, 'write', signal, endpoint => {
    const session = { context, endpoint, reference, scopes: pushScopes(reference, []), signal }
    return withTries(context.bounds, signal, async () => {
      const put = await ask(session, { method: 'PUT', target, headers, body: () => manifest.bytes }, [201, 200])
      if (!put.ok) return put
      const told = put.value.headers['docker-content-digest']
      if (typeof told === 'string' && isDigest(told) && told.startsWith('sha256:') && told !== digest) {
        return fail(trouble('E_DIGEST', `the registry stored ${told} where ${digest} was pushed`))
      }
      return ok(digest)
    })
  })
}
