import { imagePaths } from '../../../dataroot/layout/paths.ts'
import { findUnneeded, removeUnneeded } from '../../../image/gc.ts'
import type { Unneeded } from '../../../image/gc.ts'
import { unneededLines } from '../../../status/images/images.ts'
import { answer } from '../../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../../context/context.ts'
import { withImages } from '../../world/image-world.ts'
import { openView } from '../../world/wire.ts'

/** Shows what nothing needs; removes it only when told to. */
export async function gc(context: Context, isRemoving: boolean): Promise<number> {
  if (isRemoving) {
    return await withImages(context, async deps => {
      const removed = await removeUnneeded(deps, context.signal)
      if (removed.ok) return tell(context, removed.value, true)
      const exit = removed.error.code === 'E_BUSY' ? exitCodes.refused : exitCodes.failed
      return giveUp(context, { exit, message: removed.error.message })
    })
  }
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const found = findUnneeded(imagePaths(context.paths))
  if (!found.ok) return giveUp(context, { exit: exitCodes.failed, message: found.error.message })
  return tell(context, found.value, false)
}

function tell(context: Context, unneeded: Unneeded, isRemoved: boolean): number {
  answer(context, { text: () => unneededLines(unneeded, isRemoved), json: () => unneededJson(unneeded, isRemoved) })
  return exitCodes.done
}

/** `{ removed, images, names, layers, damaged, parts, bytes, held }` */
const unneededJson = ({ images, layers, ...rest }: Unneeded, removed: boolean) => ({
  removed,
  images: images.map(({ imageId }) => imageId),
  layers: layers.map(({ chainId }) => chainId),
  ...rest,
})
