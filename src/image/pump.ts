import type { Writable } from 'node:stream'
import type { Failure, Result } from '../model/errors.ts'
import { fail } from '../model/errors.ts'
import { transferFailure } from '../registry/http/trouble.ts'
import type { Unpacked, UnpackRequest } from '../runtime/layers.ts'
import type { ImageDeps } from './deps.ts'
import { isSystemError, systemFailure } from './system-failure.ts'
import { writable } from './writable.ts'

type Bytes = (signal: AbortSignal) => AsyncIterable<Uint8Array>

/** Sends bytes through the core's one pass. Of the two sides that can fail, the one that failed first is told. */
export async function pump(
  { core }: Pick<ImageDeps, 'core'>,
  request: UnpackRequest,
  bytes: Bytes,
  signal: AbortSignal,
): Promise<Result<Unpacked>> {
  const { sink, done } = core.unpack(request)
  const refusal = new AbortController()
  const unpacking = done.then(result => {
    if (!result.ok) refusal.abort()
    return result
  })
  const sent = await send(bytes(AbortSignal.any([signal, refusal.signal])), sink)
  const result = await unpacking
  if (sent === null) return result
  // E_GONE: the core has only seen that no more came
  const isOwn = !result.ok && result.error.code !== 'E_GONE' && !signal.aborted && sent.code !== 'E_DIGEST'
  return isOwn ? result : fail(sent)
}

async function send(bytes: AsyncIterable<Uint8Array>, sink: Writable): Promise<Failure | null> {
  try {
    for await (const piece of bytes) {
      if (!sink.write(piece, error => error == null && release(piece))) await writable(sink)
      if (sink.destroyed) return { code: 'E_GONE', message: 'the layer was refused' }
    }
    sink.end()
    return null
  } catch (error) {
    sink.destroy()
    const found = transferFailure(error)
    if (found !== null) return found
    if (isSystemError(error)) return systemFailure('read', error)
    throw error
  }
}

/**
 * Frees a piece that has been written, where it has its memory to itself. Left to the garbage collector, which sees small
 * objects only, a large blob has tens of megabytes of them lying about.
 */
function release(piece: Uint8Array): void {
  const { buffer } = piece
  if (buffer instanceof ArrayBuffer && buffer.byteLength === piece.byteLength) buffer.transfer(0)
}
