import type { Failure } from '../model/errors.ts'
import type { Descriptor } from '../model/image.ts'
import type { ImageConfig } from '../model/image-config.ts'

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
