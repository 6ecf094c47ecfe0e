import { ok } from '../../model/errors.ts'
import type { Reference } from '../../model/image.ts'
import type { Context } from '../access/context.ts'
import { atEndpoints } from '../access/endpoints.ts'
import { ask, beginUpload, mostMounts, pushScopes } from './session.ts'
import type { PushSession } from './session.ts'
import { withTries } from '../http/retry.ts'
import type { Tried } from '../http/trouble.ts'

/**
 * Whether a repository has a blob, or gets it from another one of the same registry, without its bytes: for who knows
 * the digest alone.
 */
export async function knownBlob(
  context: Context,
  reference: Reference,
  blob: { readonly digest: string; readonly mountFrom: readonly string[] },
  signal: AbortSignal,
): Promise<Tried<boolean>> {
  const mountFrom = blob.mountFrom.filter(path => path !== reference.path).slice(0, mostMounts)
  return await atEndpoints(context, reference.domain, 'write', signal, endpoint => {
    const session = { context, endpoint, reference, scopes: pushScopes(reference, mountFrom), signal }
    return withTries(context.bounds, signal, () => knownOnce(session, blob.digest, mountFrom))
  })
}

async function knownOnce(session: PushSession, digest: string, mountFrom: readonly string[]): Promise<Tried<boolean>> {
  const target = `/v2/${session.reference.path}/blobs/${digest}`
  const there = await ask(session, { method: 'HEAD', target }, [200, 404])
  if (!there.ok) return there
  if (there.value.status === 200) return ok(true)
  for (const from of mountFrom) {
    const mounted = await beginUpload(session, { digest, from })
    if (!mounted.ok) {
      if (mounted.error.status === null) return mounted
      continue
    }
    if (mounted.value === null) return ok(true)
    await ask(session, { method: 'DELETE', target: mounted.value }, [204, 202, 200, 404, 405])
  }
  return ok(false)
}
