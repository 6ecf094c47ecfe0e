import type { Hash } from 'node:crypto'
import type { Descriptor, Reference } from '../../model/image.ts'
import { familiarText } from '../../model/reference.ts'
import { pieces } from '../http/body.ts'
import type { Context } from '../access/context.ts'
import { openBlob } from './open-blob.ts'
import { pullTrouble } from './trouble.ts'
import { pauseBefore } from '../http/retry.ts'
import { TransferError, cancelled, transferFailure, trouble } from '../http/trouble.ts'
import type { Trouble } from '../http/trouble.ts'
import { digestSoFar, hashFor } from '../http/verify.ts'

/** Where an earlier, interrupted transfer stopped: the number of bytes kept and the hash that has seen exactly these. */
export type Resume = { readonly bytes: number; readonly hash: Hash }

export type Download = {
  readonly reference: Reference
  readonly descriptor: Descriptor
  readonly resume: Resume | null
}

/**
 * A blob's bytes from where `resume` stopped to the end. A broken transfer goes on where it broke, or, on a server that
 * cannot do that, from the start, the bytes already passed on being compared. Ends normally only when every byte fits
 * the digest and the size; else by a TransferError. E_DIGEST with `again`:
 * the transfer was resumed and the bad bytes may be old ones, so it is worth one more try without `resume`. What has been passed on may be believed only after the end.
 */
export async function* blob(context: Context, download: Download, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { descriptor, reference } = download
  const state: State = { hash: download.resume?.hash ?? hashFor(descriptor.digest), bytes: download.resume?.bytes ?? 0 }
  let triesInRow = 0
  let isResumed = state.bytes > 0
  for (let attempt = 1; state.bytes < descriptor.sizeBytes || attempt === 1; attempt += 1) {
    const before = state.bytes
    try {
      if (before < descriptor.sizeBytes || descriptor.sizeBytes === 0) yield* transfer(context, download, state, signal)
    } catch (error) {
      const found = transferFailure(error)
      if (found === null) throw error
      isResumed ||= state.bytes > 0
      triesInRow = state.bytes > before ? 1 : triesInRow + 1
      const mayGoOn =
        attempt < context.bounds.attemptsEver && (await pauseBefore(triesInRow + 1, found, context.bounds, signal))
      if (!mayGoOn) throw new TransferError(signal.aborted ? cancelled() : blobTrouble(found, download))
    }
  }
  const digest = digestSoFar(state.hash, descriptor.digest)
  if (digest !== descriptor.digest) {
    throw new TransferError(
      trouble(
        'E_DIGEST',
        `${familiarText(reference)}: filesystem layer verification failed for digest ${descriptor.digest}: got ${digest}`,
        { again: isResumed },
      ),
    )
  }
}

/** What has been passed on. */
type State = { readonly hash: Hash; bytes: number }

async function* transfer(
  context: Context,
  download: Download,
  state: State,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { descriptor } = download
  const opened = await openBlob(context, download.reference, descriptor, state.bytes, signal)
  if (!opened.ok) throw new TransferError(opened.error)
  const { answer, fromBytes } = opened.value
  let toSkip = state.bytes - fromBytes
  const skipped = toSkip > 0 ? hashFor(descriptor.digest) : null
  for await (const piece of pieces(answer, context.bounds, signal)) {
    const known = Math.min(toSkip, piece.length)
    if (known > 0) {
      skipped?.update(piece.subarray(0, known))
      toSkip -= known
      if (toSkip === 0 && skipped !== null) mustEqual(digestSoFar(skipped, descriptor.digest), state, download)
    }
    const fresh = known === 0 ? piece : piece.subarray(known)
    if (state.bytes + fresh.length > descriptor.sizeBytes) throw new TransferError(tooLong(download))
    if (fresh.length === 0) continue
    state.hash.update(fresh)
    state.bytes += fresh.length
    yield fresh
  }
  if (state.bytes < descriptor.sizeBytes) throw new TransferError(tooShort(download, state.bytes))
}

function mustEqual(skipped: string, state: State, download: Download): void {
  if (skipped === digestSoFar(state.hash, download.descriptor.digest)) return
  const text = `${familiarText(download.reference)}: blob ${download.descriptor.digest}: the registry sends other bytes than before`
  throw new TransferError(trouble('E_DIGEST', text))
}

const tooLong = ({ descriptor }: Download): Trouble =>
  trouble(
    'E_DIGEST',
    `blob ${descriptor.digest}: longer than the ${descriptor.sizeBytes} bytes that the manifest names`,
  )

const tooShort = ({ descriptor }: Download, bytes: number): Trouble =>
  trouble('E_REGISTRY_ANSWER', `blob ${descriptor.digest}: ends after ${bytes} of ${descriptor.sizeBytes} bytes`, {
    again: true,
  })

function blobTrouble(found: Trouble, { reference, descriptor }: Download): Trouble {
  const told = found.code === 'E_REGISTRY_DENIED' ? pullTrouble(found, reference) : found
  const { message } = told
  const named = message.includes(descriptor.digest) ? message : `blob ${descriptor.digest}: ${message}`
  return { ...told, message: told === found ? `${familiarText(reference)}: ${named}` : message }
}
