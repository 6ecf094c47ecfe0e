import { removeImage } from '../../../image/remove.ts'
import type { Removed } from '../../../image/remove.ts'
import { removedLines } from '../../../status/images/images.ts'
import { jsonText } from '../../../status/text/json-text.ts'
import { type Context, exitCodes } from '../../context/context.ts'
import { withImages } from '../../world/image-world.ts'

/** Removes each; one that can't be removed doesn't keep the others. */
export async function remove(context: Context, names: readonly string[]): Promise<number> {
  return await withImages(context, async deps => {
    const { screen, options, signal } = context
    const removed: Removed[] = []
    let code: number = exitCodes.done
    for (const name of new Set(names)) {
      const result = await removeImage(deps, name, signal)
      if (result.ok) {
        removed.push(result.value)
        if (options.output === 'text') screen.out(removedLines(result.value))
        continue
      }
      screen.err(`x ${result.error.message}`)
      code = Math.max(code, result.error.code === 'E_BUSY' ? exitCodes.refused : exitCodes.failed)
    }
    if (options.output === 'json') screen.out(jsonText({ removed }))
    return code
  })
}
