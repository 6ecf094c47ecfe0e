import { imagePaths } from '../../../dataroot/layout/paths.ts'
import { imageDetails } from '../../../image/details.ts'
import type { ImageDetails } from '../../../image/details.ts'
import { readStores } from '../../../image/listing.ts'
import { historyRows, historyText, imageJson, imageText } from '../../../status/images/details.ts'
import { answer } from '../../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../../context/context.ts'
import { openView } from '../../world/wire.ts'

export async function inspect(context: Context, name: string): Promise<number> {
  const { showValues } = context.options
  return show(context, name, details => ({
    text: () => imageText(details, showValues),
    json: () => imageJson(details, showValues),
  }))
}

export async function history(context: Context, name: string): Promise<number> {
  return show(context, name, details => ({
    text: () => historyText(details, Date.now()),
    json: () => historyRows(details),
  }))
}

function show(
  context: Context,
  name: string,
  says: (details: ImageDetails) => { readonly text: () => string; readonly json: () => unknown },
): number {
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const listing = readStores(context.paths)
  if (!listing.ok) return giveUp(context, { exit: exitCodes.failed, message: listing.error.message })
  const details = imageDetails(imagePaths(context.paths), listing.value.stores, name)
  if (!details.ok) return giveUp(context, { exit: exitCodes.failed, message: details.error.message })
  answer(context, says(details.value))
  return exitCodes.done
}
