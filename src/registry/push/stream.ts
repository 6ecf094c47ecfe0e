import { fail, ok } from '../../model/errors.ts'
import type { Reference } from '../../model/image.ts'
import type { Context } from '../access/context.ts'
import { atEndpoints } from '../access/endpoints.ts'
import { ask, beginUpload, pushScopes, uploadPlace, withDigest } from './session.ts'
import type { PushSession } from './session.ts'
import { pauseBefore } from '../http/retry.ts'
import { trouble } from '../http/trouble.ts'
import type { Tried } from '../http/trouble.ts'
import { digestSoFar, hashFor } from '../http/verify.ts'

export type Streamed = { readonly digest: string; readonly sizeBytes: number }

/**
 * Uploads bytes whose digest shows only at their end (a layer compressed on the way) piece by piece: one piece is in
 * memory, and a broken one is sent again from where the registry says it stands. An error of `bytes` itself is thrown.
 */
export async function pushStream(
  context: Context,
  reference: Reference,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<Tried<Streamed>> {
  return await atEndpoints(context, reference.domain, 'write', signal, async endpoint => {
    const session = { context, endpoint, reference, scopes: pushScopes(reference, []), signal }
    const begun = await beginUpload(session, null)
    if (!begun.ok) return begun
    if (begun.value === null) throw new Error('an upload without a place')
    return await sendAll(session, begun.value, bytes)
  })
}

async function sendAll(session: PushSession, begun: URL, bytes: AsyncIterable<Uint8Array>): Promise<Tried<Streamed>> {
  const hash = hashFor('sha256:')
  let place = begun
  let sentBytes = 0
  for await (const chunk of chunks(bytes, session.context.bounds.chunkBytes)) {
    const sent = await sendChunk(session, place, chunk, sentBytes)
    if (!sent.ok) return sent
    hash.update(chunk)
    sentBytes += chunk.length
    place = sent.value
  }
  const digest = digestSoFar(hash, 'sha256:')
  const headers = { 'content-length': 0, 'content-type': 'application/octet-stream' }
  const put = await ask(session, { method: 'PUT', target: withDigest(place, digest), headers }, [201])
  return put.ok ? ok({ digest, sizeBytes: sentBytes }) : put
}

async function sendChunk(session: PushSession, begun: URL, chunk: Buffer, fromBytes: number): Promise<Tried<URL>> {
  const { bounds } = session.context
  let place = begun
  let done = 0
  for (let attempt = 1; ; attempt += 1) {
    const rest = chunk.subarray(done)
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': rest.length,
      'content-range': `${fromBytes + done}-${fromBytes + chunk.length - 1}`,
    }
    const sent = await ask(session, { method: 'PATCH', target: place, headers, body: () => rest }, [202, 204])
    if (sent.ok) return uploadPlace(sent.value)
    if (!(await pauseBefore(attempt + 1, sent.error, bounds, session.signal))) return sent
    const standing = await ask(session, { method: 'GET', target: place }, [204])
    if (!standing.ok) continue
    const moved = uploadPlace(standing.value)
    if (moved.ok) place = moved.value
    done = standingBytes(standing.value.headers['range']) - fromBytes
    if (done === chunk.length) return ok(place)
    if (done < 0 || done > chunk.length) {
      return fail(trouble('E_REGISTRY_ANSWER', 'the registry has lost a part of the upload', { again: true }))
    }
  }
}

/** `0-1023` → 1024. distribution says `0-0` also of an empty upload; that cannot be told from one byte, and is rarer. */
function standingBytes(range: string | undefined): number {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(range ?? '')?.[1]
  return last === undefined || last === '0' ? 0 : Number(last) + 1
}

/** Pieces of one size, the last one smaller; never an empty one. */
async function* chunks(bytes: AsyncIterable<Uint8Array>, chunkBytes: number): AsyncGenerator<Buffer> {
  let kept: Uint8Array[] = []
  let keptBytes = 0
  for await (const piece of bytes) {
    let rest = piece
    while (keptBytes + rest.length >= chunkBytes) {
      const part = rest.subarray(0, chunkBytes - keptBytes)
      yield Buffer.concat([...kept, part])
      rest = rest.subarray(part.length)
      kept = []
      keptBytes = 0
    }
    // The piece's memory may be its producer's again after this round.
    if (rest.length > 0) kept.push(Buffer.from(rest))
    keptBytes += rest.length
  }
  if (keptBytes > 0) yield Buffer.concat(kept)
}
