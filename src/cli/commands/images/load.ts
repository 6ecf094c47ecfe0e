import { resolve } from 'node:path'
import { hostPlatform } from '../../../image/host-platform.ts'
import { loadArchive } from '../../../image/load.ts'
import { loadedLines } from '../../../status/images/images.ts'
import { jsonText } from '../../../status/text/json-text.ts'
import { type Context, exitCodes, giveUp, interruptedCode } from '../../context/context.ts'
import { withImages } from '../../world/image-world.ts'
import { layerScreen } from '../../output/layer-board.ts'

/** Loads an archive: a file, a directory, or, with null, the standard input. */
export async function load(context: Context, input: string | null, repository: string | null): Promise<number> {
  if (input === null && process.stdin.isTTY) {
    return giveUp(context, { exit: exitCodes.usage, message: 'name a file or a directory, or pipe an archive in' })
  }
  return await withImages(context, async deps => {
    const from = input === null ? { stream: process.stdin } : { path: resolve(context.workingDir, input) }
    const layers = layerScreen(context, input ?? 'the input')
    const options = { platform: hostPlatform(), repository }
    const loaded = await loadArchive(deps, from, options, layers.progress, context.signal)
    layers.end()
    if (!loaded.ok) {
      giveUp(context, { exit: exitCodes.failed, message: loaded.error.message })
      return context.signal.aborted ? interruptedCode(context.signal) : exitCodes.failed
    }
    const { options: asked, screen } = context
    screen.out(asked.output === 'json' ? jsonText({ loaded: loaded.value }) : loadedLines(loaded.value))
    return exitCodes.done
  })
}
