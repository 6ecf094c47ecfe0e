import { fail, ok } from '../../model/errors.ts'
import type { Bounds } from './bounds.ts'
import { shown } from './exchange.ts'
import type { Answer } from './exchange.ts'
import { networkTrouble } from './network-errors.ts'
import { TransferError, cancelled, transferFailure, trouble } from './trouble.ts'
import type { Tried } from './trouble.ts'

/**
 * The body as it comes. Ends by a TransferError when the host stalls: only the time that we wait for the host counts,
 * and a host that drips single bytes stalls too.
 */
export async function* pieces(answer: Answer, bounds: Bounds, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const where = shown(answer.url)
  const source = answer.body[Symbol.asyncIterator]()
  let waitedMs = 0
  let cameBytes = 0
  try {
    for (;;) {
      const begun = performance.now()
      const next = await within(bounds.stallMs - waitedMs, answer, () => source.next(), signal)
      waitedMs += performance.now() - begun
      if (next.done === true) break
      const piece = next.value as Uint8Array
      cameBytes += piece.length
      if (cameBytes >= bounds.stallBytes) waitedMs = cameBytes = 0
      yield piece
    }
    if (!answer.body.complete) throw new TransferError(broken(where))
  } catch (error) {
    if (signal.aborted) throw new TransferError(cancelled())
    if (transferFailure(error) !== null) throw error
    throw new TransferError(answer.body.complete ? networkTrouble(error, where) : broken(where))
  } finally {
    if (!answer.body.complete) answer.body.destroy()
  }
}

const broken = (where: string) =>
  trouble('E_REGISTRY_UNREACHABLE', `${where}: the connection broke in the middle: unexpected EOF`, { again: true })

async function within<T>(ms: number, answer: Answer, act: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>()
  const stalled = () =>
    new TransferError(
      trouble('E_REGISTRY_UNREACHABLE', `${shown(answer.url)}: the transfer stalled`, {
        again: true,
        errno: 'ETIMEDOUT',
      }),
    )
  const timer = setTimeout(() => late.reject(stalled()), Math.max(ms, 1))
  const abort = () => late.reject(new TransferError(cancelled()))
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([act(), late.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** A small document as a whole; one byte over the limit, or too slow as a whole, is refused. */
export async function wholeBody(
  answer: Answer,
  maxBytes: number,
  bounds: Bounds,
  signal: AbortSignal,
): Promise<Tried<Buffer>> {
  const where = shown(answer.url)
  const tooLarge = fail(trouble('E_REGISTRY_ANSWER', `${where}: the answer is larger than ${maxBytes} bytes`))
  if (Number(answer.headers['content-length'] ?? 0) > maxBytes) {
    answer.body.destroy()
    return tooLarge
  }
  const all: Uint8Array[] = []
  let bytes = 0
  const begun = performance.now()
  try {
    for await (const piece of pieces(answer, bounds, signal)) {
      bytes += piece.length
      if (bytes > maxBytes) return tooLarge
      if (performance.now() - begun > bounds.documentMs) {
        return fail(trouble('E_REGISTRY_UNREACHABLE', `${where}: the answer takes too long`, { again: true }))
      }
      all.push(piece)
    }
  } catch (error) {
    const known = transferFailure(error)
    if (known === null) throw error
    return fail(known)
  }
  return ok(Buffer.concat(all))
}
