import { checkStores, repairStores } from '../../image/check-stores.ts'
import type { Checked } from '../../image/check-stores.ts'
import { fsckText } from '../../status/host/fsck.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { withImages } from '../world/image-world.ts'
import { openView } from '../world/wire.ts'

/** Says what nothing owns and what is damaged in the image stores; with `isRepairing` removes what nothing owns. */
export async function fsck(context: Context, isRepairing: boolean): Promise<number> {
  if (isRepairing) {
    return await withImages(context, async deps => {
      const repaired = await repairStores(deps, context.paths, context.signal)
      if (!repaired.ok) return giveUp(context, { exit: exitCodes.failed, message: repaired.error.message })
      return tell(context, repaired.value, true)
    })
  }
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const checked = checkStores(context.paths)
  if (!checked.ok) return giveUp(context, { exit: exitCodes.failed, message: checked.error.message })
  return tell(context, checked.value, false)
}

/** 1: something is damaged. 2: nothing is, but there is something to collect. */
function tell(context: Context, { litter, damage }: Checked, isRemoved: boolean): number {
  answer(context, {
    text: () => fsckText(litter, damage, isRemoved),
    json: () => ({ litter, damage, removed: isRemoved }),
  })
  if (damage.length > 0) return exitCodes.failed
  return litter.length > 0 && !isRemoved ? exitCodes.pending : exitCodes.done
}
