import { fail, ok } from '../../model/errors.ts'
import type { Descriptor, Reference } from '../../model/image.ts'
import { blob } from './blob.ts'
import type { Context } from '../access/context.ts'
import { transferFailure, trouble } from '../http/trouble.ts'
import type { Tried } from '../http/trouble.ts'

/** A configuration as a whole, verified. */
export async function smallBlob(
  context: Context,
  reference: Reference,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<Tried<Buffer>> {
  if (descriptor.sizeBytes > context.bounds.configBytes) {
    return fail(
      trouble('E_REGISTRY_ANSWER', `blob ${descriptor.digest}: larger than ${context.bounds.configBytes} bytes`),
    )
  }
  const all: Uint8Array[] = []
  try {
    for await (const piece of blob(context, { reference, descriptor, resume: null }, signal)) all.push(piece)
  } catch (error) {
    const found = transferFailure(error)
    if (found === null) throw error
    return fail(found)
  }
  return ok(Buffer.concat(all))
}
