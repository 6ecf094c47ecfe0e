import type { LayerProgress, RegistryDeps } from '../../../image/deps.ts'
import { hostPlatform } from '../../../image/host-platform.ts'
import { pullImage } from '../../../image/pull.ts'
import type { Pulled } from '../../../image/pull.ts'
import { ok } from '../../../model/errors.ts'
import type { Result } from '../../../model/errors.ts'
import type { Platform, Reference } from '../../../model/image.ts'
import { familiarText, parseReference } from '../../../model/reference.ts'
import { parsePlatform } from '../../../registry/pull/platform.ts'
import { clean } from '../../../status/text/clean.ts'
import { jsonText } from '../../../status/text/json-text.ts'
import { pulledText, pullingText } from '../../../status/images/pulls.ts'
import { type Context, exitCodes, giveUp, interruptedCode } from '../../context/context.ts'
import { withRegistry } from '../../world/image-world.ts'
import { layerScreen } from '../../output/layer-board.ts'
import { pullNewsMs } from '../../pulls/pulls.ts'

/** Pulls each reference; one that fails doesn't keep the others from arriving. */
export async function pull(context: Context, texts: readonly string[], platformText: string | null): Promise<number> {
  const platform = platformText === null ? { ok: true as const, value: hostPlatform() } : parsePlatform(platformText)
  if (!platform.ok) return giveUp(context, { exit: exitCodes.usage, message: platform.error.message })
  const references: Reference[] = []
  for (const text of texts) {
    const reference = parseReference(text)
    if (!reference.ok) return giveUp(context, { exit: exitCodes.usage, message: reference.error.message })
    references.push(reference.value)
  }
  return await withRegistry(context, deps =>
    pullEach(context, deps, references, { platform: platform.value, isAsked: platformText !== null }),
  )
}

type Which = { readonly platform: Platform; readonly isAsked: boolean }

async function pullEach(
  context: Context,
  deps: RegistryDeps,
  references: readonly Reference[],
  which: Which,
): Promise<number> {
  const { screen, signal, options } = context
  const pulled: object[] = []
  let code: number = exitCodes.done
  for (const reference of references) {
    const name = familiarText(reference)
    const result = await pullOne(context, deps, reference, which)
    if (!result.ok) {
      pulled.push({ reference: name, error: result.error.message })
      screen.err(`x ${result.error.message}`)
      if (signal.aborted) return interruptedCode(signal)
      code = exitCodes.failed
      continue
    }
    const { text, ...facts } = result.value
    pulled.push({ reference: name, ...facts })
    if (options.output === 'text') screen.out(text)
  }
  if (options.output === 'json') screen.out(jsonText({ pulled }))
  return code
}

/** The layers on a terminal; elsewhere a line now and then, so that a long pull does not look like a stuck one. */
async function pullOne(
  context: Context,
  deps: RegistryDeps,
  reference: Reference,
  which: Which,
): Promise<Result<Pulled & { readonly text: string }>> {
  const { screen, signal, options } = context
  const begunMs = deps.nowMs()
  const ms = () => deps.nowMs() - begunMs
  const name = familiarText(reference)
  const line = (mark: string, text: string) => `${mark} image ${clean(name)}  ${text}`
  const board = layerScreen(context, name)
  const layers = new Map<string, LayerProgress>()
  const tell = () => screen.out(line('.', pullingText([...layers.values()], ms())))
  const timer = screen.canRedraw || options.output === 'json' ? null : setInterval(tell, pullNewsMs)
  const onProgress = (layer: LayerProgress) => {
    layers.set(layer.layer, layer)
    board.progress(layer)
  }
  const result = await pullImage(deps, reference, which, onProgress, signal)
  if (timer !== null) clearInterval(timer)
  board.end()
  if (!result.ok) return result
  const text = line(result.value.wasHere ? '.' : '+', pulledText(result.value, [...layers.values()], ms()))
  return ok({ ...result.value, text })
}
