import { pushImage } from '../../../image/push.ts'
import type { Reference } from '../../../model/image.ts'
import { familiarText, parseReference } from '../../../model/reference.ts'
import { pushedLine } from '../../../status/images/images.ts'
import { jsonText } from '../../../status/text/json-text.ts'
import { type Context, exitCodes, giveUp, interruptedCode } from '../../context/context.ts'
import { withRegistry } from '../../world/image-world.ts'
import { layerScreen } from '../../output/layer-board.ts'

/** Pushes each name; one that fails doesn't keep the others from leaving. */
export async function push(context: Context, texts: readonly string[]): Promise<number> {
  const references: Reference[] = []
  for (const text of texts) {
    const reference = parseReference(text)
    if (!reference.ok) return giveUp(context, { exit: exitCodes.usage, message: reference.error.message })
    references.push(reference.value)
  }
  return await withRegistry(context, async deps => {
    const { screen, signal, options } = context
    const pushed: object[] = []
    let code: number = exitCodes.done
    for (const reference of references) {
      const begunMs = deps.nowMs()
      const name = familiarText(reference)
      const layers = layerScreen(context, name)
      const result = await pushImage(deps, reference, layers.progress, signal)
      layers.end()
      if (!result.ok) {
        pushed.push({ reference: name, error: result.error.message })
        screen.err(`x ${result.error.message}`)
        if (signal.aborted) return interruptedCode(signal)
        code = exitCodes.failed
        continue
      }
      pushed.push({ reference: name, ...result.value })
      if (options.output === 'text') screen.out(pushedLine(name, result.value, deps.nowMs() - begunMs))
    }
    if (options.output === 'json') screen.out(jsonText({ pushed }))
    return code
  })
}
