import type { CredentialSource } from './account.ts'
import type { Tried } from '../http/trouble.ts'

/** A refusal with who we were when it was made: most of them are a login that is missing, or another one than thought. */
export async function tellingWho<T>(
  tried: Tried<T>,
  credentials: CredentialSource,
  domain: string,
  signal: AbortSignal,
): Promise<Tried<T>> {
  if (tried.ok || tried.error.code !== 'E_REGISTRY_DENIED') return tried
  const found = await credentials(domain, signal)
  if (!found.ok) return tried
  const who =
    found.value === null
      ? `there is no login for ${domain} in config.json`
      : found.value.kind === 'password'
        ? `asked as ${found.value.username}`
        : 'asked with the token in config.json'
  return { ok: false, error: { ...tried.error, message: `${tried.error.message} (${who})` } }
}
