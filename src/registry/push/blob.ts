import { ok } from '../../model/errors.ts'
import type { Descriptor, Reference } from '../../model/image.ts'
import type { Context } from '../access/context.ts'
import { atEndpoints } from '../access/endpoints.ts'
import { ask, beginUpload, mostMounts, pushScopes, withDigest } from './session.ts'
import type { PushSession } from './session.ts'
import { withTries } from '../http/retry.ts'
import { TransferError, transferFailure, trouble } from '../http/trouble.ts'
import type { Tried } from '../http/trouble.ts'
import { digestSoFar, hashFor } from '../http/verify.ts'

export type BlobSource = {
  readonly descriptor: Descriptor
  /** the bytes from the start, anew for each try */
  readonly open: () => AsyncIterable<Uint8Array>
  /** repositories of the same registry that may have the blob: their paths; the first few are asked */
  readonly mountFrom: readonly string[]
}

export type Pushed = 'exists' | 'mounted' | 'uploaded'

/** Brings a blob whose digest is known into a repository: not at all if it is there, by a mount, or in one request. */
export async function pushBlob(
  context: Context,
  reference: Reference,
  source: BlobSource,
  signal: AbortSignal,
): Promise<Tried<Pushed>> {
  const mountFrom = source.mountFrom.filter(path => path !== reference.path).slice(0, mostMounts)
  return await atEndpoints(context, reference.domain, 'write', signal, endpoint => {
    const session = { context, endpoint, reference, scopes: pushScopes(reference, mountFrom), signal }
    return withTries(context.bounds, signal, () => pushOnce(session, source, mountFrom))
  })
}

async function pushOnce(
  session: PushSession,
  source: BlobSource,
  mountFrom: readonly string[],
): Promise<Tried<Pushed>> {
  const { digest, sizeBytes } = source.descriptor
  const target = `/v2/${session.reference.path}/blobs/${digest}`
  const there = await ask(session, { method: 'HEAD', target }, [200, 404])
  if (!there.ok) return there
  if (there.value.status === 200) return ok('exists')
  const begun = await mountOrBegin(session, digest, mountFrom)
  if (!begun.ok) return begun
  if (begun.value === null) return ok('mounted')
  const headers = { 'content-type': 'application/octet-stream', 'content-length': sizeBytes }
  const body = () => (sizeBytes === 0 ? null : checked(source))
  const put = await ask(session, { method: 'PUT', target: withDigest(begun.value, digest), headers, body }, [201])
  return put.ok ? ok('uploaded') : put
}

async function mountOrBegin(
  session: PushSession,
  digest: string,
  mountFrom: readonly string[],
): Promise<Tried<URL | null>> {
  for (const [index, from] of mountFrom.entries()) {
    const mounted = await beginUpload(session, { digest, from })
    // A registry may refuse what it would not mount, instead of beginning an upload.
    if (!mounted.ok) {
      if (mounted.error.status === null) return mounted
      continue
    }
    if (mounted.value === null || index === mountFrom.length - 1) return mounted
    await ask(session, { method: 'DELETE', target: mounted.value }, [204, 202, 200, 404, 405])
  }
  return await beginUpload(session, null)
}

/** The source's bytes; fails before the last one is sent if they are not what the descriptor says. */
async function* checked({ descriptor, open }: BlobSource): AsyncGenerator<Uint8Array> {
  const wrong = (why: string) => new TransferError(trouble('E_DIGEST', `blob ${descriptor.digest}: ${why}`))
  const hash = hashFor(descriptor.digest)
  let bytes = 0
  try {
    for await (const piece of open()) {
      hash.update(piece)
      bytes += piece.length
      if (bytes > descriptor.sizeBytes) throw wrong('the file is longer than its descriptor says')
      if (bytes === descriptor.sizeBytes && digestSoFar(hash, descriptor.digest) !== descriptor.digest) {
        throw wrong('the file does not fit its digest any more')
      }
      yield piece
    }
  } catch (error) {
    if (transferFailure(error) !== null) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new TransferError(trouble('E_IO', `blob ${descriptor.digest}: ${why}`))
  }
  if (bytes < descriptor.sizeBytes) throw wrong(`the file ends after ${bytes} of ${descriptor.sizeBytes} bytes`)
}
