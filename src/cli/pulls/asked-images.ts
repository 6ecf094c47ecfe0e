import { parseImageConfig } from '../../dataroot/images/image-config.ts'
import { hostPlatform } from '../../image/host-platform.ts'
import { slots } from '../../image/slots.ts'
import type { DesiredState } from '../../model/desired.ts'
import { ok, type Result } from '../../model/errors.ts'
import type { ObservedImage, ObservedState } from '../../model/observed.ts'
import { parseReference } from '../../model/reference.ts'
import type { Registry } from '../../registry/client.ts'
import { clean } from '../../status/text/clean.ts'
import type { Context } from '../context/context.ts'
import { openRegistries } from './registry.ts'

const answerMs = 15_000
const atOnce = 4

/**
 * The host as a pass would find it after its pulls: images that are not here, and tags that are followed (`pull: always`),
 * are what their registries say now. Only small documents are read, and nothing is kept. What can't be learned is told.
 */
export async function withImagesAsked(
  context: Context,
  desired: DesiredState,
  observed: ObservedState,
): Promise<ObservedState> {
  const wanted = pulled(desired, observed)
  if (wanted.length === 0) return observed
  const registry = openRegistries(context.options)
  if (!registry.ok) return observed
  const timeout = AbortSignal.timeout(answerMs)
  const signal = AbortSignal.any([context.signal, timeout])
  const turn = slots(atOnce)
  const images: Record<string, ObservedImage> = { ...observed.images }
  const pullsDone = { ...observed.pullsDone }
  const ask = async (reference: string) => {
    const asked = await turn(() => meaningOf(registry.value, reference, images[reference], signal))
    if (asked.ok) {
      images[reference] = asked.value
      if (asked.value.state === 'present') pullsDone[reference] = { atMs: observed.nowMs, id: asked.value.id }
      return
    }
    const why = timeout.aborted ? `${reference}: no answer within ${answerMs / 1000}s` : asked.error.message
    context.screen.err(`note: ${clean(why)}`)
  }
  try {
    await Promise.all(wanted.map(ask))
  } finally {
    registry.value.close()
  }
  return { ...observed, images, pullsDone }
}

const pulled = (desired: DesiredState, { images }: ObservedState): readonly string[] => {
  const references = desired.containers.flatMap(({ spec, pull }) => {
    if (spec.image === null || pull === 'never') return []
    return pull === 'always' || images[spec.image]?.state !== 'present' ? [spec.image] : []
  })
  return [...new Set(references)]
}

async function meaningOf(
  registry: Registry,
  text: string,
  here: ObservedImage | undefined,
  signal: AbortSignal,
): Promise<Result<ObservedImage>> {
  const reference = parseReference(text)
  if (!reference.ok) return reference
  const resolved = await registry.resolve(reference.value, hostPlatform(), signal)
  if (!resolved.ok) return resolved
  const { digest: id } = resolved.value.config
  if (here?.state === 'present' && here.id === id) return ok(here)
  const bytes = await registry.smallBlob(reference.value, resolved.value.config, signal)
  if (!bytes.ok) return bytes
  const config = parseImageConfig(bytes.value)
  return config.ok ? ok({ state: 'present', id, config: config.value }) : config
}
