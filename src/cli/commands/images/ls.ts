import { readStores } from '../../../image/listing.ts'
import { imagesJson, imagesTable } from '../../../status/images/images.ts'
import { answer } from '../../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../../context/context.ts'
import { sayStorage } from '../../doctor/storage-line.ts'
import { openView } from '../../world/wire.ts'

/** Needs no lock and no core. What can't be used is told as well. */
export async function listImages(context: Context): Promise<number> {
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const listing = readStores(context.paths)
  if (!listing.ok) return giveUp(context, { exit: exitCodes.failed, message: listing.error.message })
  const { images, bad } = listing.value
  answer(context, {
    text: () => imagesTable(images, Date.now()),
    json: () => ({ images: imagesJson(images), bad }),
  })
  if (context.options.output === 'text') {
    for (const { kind, name, why } of bad) context.screen.err(`! ${kind} ${name}: ${why}`)
  }
  sayStorage(context)
  return bad.length === 0 ? exitCodes.done : exitCodes.failed
}
