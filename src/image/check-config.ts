import type { Failure } from '../model/errors.ts'
import type { Descriptor, Platform } from '../model/image.ts'
import type { ImageConfig } from '../model/image-config.ts'
import { normalise, platformText, runnable } from '../registry/pull/platform.ts'

/** Why an image of this configuration can't be kept here, or null. */
export function notForHere(config: ImageConfig, layers: number): Failure | null {
  if (config.os !== '' && config.os !== 'linux') {
    const message = `image operating system ${JSON.stringify(config.os.slice(0, 40))} cannot be used on this platform`
    return { code: 'E_IMAGE_UNSUPPORTED', message }
  }
  if (config.diffIds.length === layers) return null
  const message = `layers from manifest don't match image configuration: ${layers} and ${config.diffIds.length}`
  return { code: 'E_SPEC', message }
}

/** Docker's stores name blobs by sha256 alone. */
export function notStorable(layers: readonly Descriptor[]): Failure | null {
  const other = layers.find(({ digest }) => !digest.startsWith('sha256:'))
  if (other === undefined) return null
  return {
    code: 'E_IMAGE_UNSUPPORTED',
    message: `layer ${other.digest.slice(0, 80)}: only sha256 digests can be stored`,
  }
}

/** Why an image is not for the platform that was asked for, or null. */
export function notOfPlatform(config: ImageConfig, asked: Platform | null): Failure | null {
  if (asked === null || config.architecture === '') return null
  const { os, architecture } = config
  const has = normalise({ os: os === '' ? 'linux' : os, architecture, variant: config.variant || null })
  if (runnable(asked).map(platformText).includes(platformText(has))) return null
  const shown = platformText(has)
    .slice(0, 80)
    .replaceAll(/\p{C}+/gu, '?')
  const message = `it is for ${shown}, not for ${platformText(asked)}, and there is no other`
  return { code: 'E_IMAGE_UNSUPPORTED', message }
}
