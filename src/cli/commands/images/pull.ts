import type { RegistryDeps } from '../../../image/deps.ts'
import { hostPlatform } from '../../../image/host-platform.ts'
import { pullImage } from '../../../image/pull.ts'
import type { Platform, Reference } from '../../../model/image.ts'
import { familiarText, parseReference } from '../../../model/reference.ts'
import { parsePlatform } from '../../../registry/platform.ts'
import { pulledLine } from '../../../status/images.ts'
import { jsonText } from '../../../status/json-text.ts'
import { type Context, exitCodes, giveUp, interruptedCode } from '../../context.ts'
import { withRegistry } from '../../image-world.ts'
import { layerScreen } from '../../layer-screen.ts'

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
  return await withRegistry(context, deps => pullEach(context, deps, references, platform.value))
}

async function pullEach(
  context: Context,
  deps: RegistryDeps,
  references: readonly Reference[],
  platform: Platform,
): Promise<number> {
  const { screen, signal, options } = context
  const pulled: object[] = []
  let code: number = exitCodes.done
  for (const reference of references) {
    const begunMs = deps.nowMs()
    const name = familiarText(reference)
    const layers = layerScreen(context, name)
    const result = await pullImage(deps, reference, { platform }, layers.progress, signal)
    layers.end()
    if (!result.ok) {
      pulled.push({ reference: name, error: result.error.message })
      screen.err(`x ${result.error.message}`)
      if (signal.aborted) return interruptedCode(signal)
      code = exitCodes.failed
      continue
    }
    pulled.push({ reference: name, ...result.value })
    if (options.output === 'text') screen.out(pulledLine(name, result.value, deps.nowMs() - begunMs))
  }
  if (options.output === 'json') screen.out(jsonText({ pulled }))
  return code
}
