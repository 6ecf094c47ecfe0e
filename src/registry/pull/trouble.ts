import type { Reference } from '../../model/image.ts'
import { familiarName, familiarText } from '../../model/reference.ts'
import type { Trouble } from '../http/trouble.ts'

/** A registry's refusal in the words that users of `docker pull` know. */
export function pullTrouble(found: Trouble, reference: Reference): Trouble {
  const { code, message, registryCode } = found
  if (code === 'E_REGISTRY_DENIED' || registryCode === 'NAME_UNKNOWN') {
    const denied = `pull access denied for ${familiarName(reference)}, repository does not exist or may require 'docker login'`
    return { ...found, message: `${denied}: ${message}`, again: false }
  }
  if (code === 'E_REGISTRY_NOT_FOUND') {
    return { ...found, message: `manifest for ${familiarText(reference)} not found: ${message}`, again: false }
  }
  if (code === 'E_CANCELLED' || message.startsWith(`${familiarText(reference)}: `)) return found
  return { ...found, message: `${familiarText(reference)}: ${message}` }
}

/** The same for `docker push`. */
export function pushTrouble(found: Trouble, reference: Reference): Trouble {
  if (found.code === 'E_CANCELLED') return found
  const denied = found.code === 'E_REGISTRY_DENIED'
  const why = denied ? 'push access denied, repository does not exist or may require authorization: ' : ''
  return { ...found, message: `${familiarText(reference)}: ${why}${found.message}`, again: found.again && !denied }
}
