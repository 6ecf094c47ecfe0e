import { fail, ok } from '../../model/errors.ts'
import { parseChallenge } from './challenge.ts'
import type { Context } from './context.ts'
import type { Endpoint } from './endpoints.ts'
import { discard, exchange } from '../http/exchange.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { follow } from '../http/redirects.ts'
import { basicAuthorization, fetchToken } from './token.ts'
import { trouble } from '../http/trouble.ts'
import type { Tried } from '../http/trouble.ts'

export type Ask = {
  readonly method: Exchange['method']
  /** below the registry's origin, or a URL that the registry itself named as the place of an upload */
  readonly target: string | URL
  readonly headers?: Readonly<Record<string, string | number>>
  /** called anew for each try */
  readonly body?: () => Exchange['body']
  /** `repository:<path>:pull` and the like */
  readonly scopes: readonly string[]
}

/** Asks a registry, and once more with credentials when it wants them. A refusal comes back as the answer that it is. */
export async function authorised(
  context: Context,
  endpoint: Endpoint,
  ask: Ask,
  signal: AbortSignal,
): Promise<Tried<Answer>> {
  const url = new URL(ask.target, endpoint.base)
  const send = async (authorization: string | null) => {
    const headers = { 'user-agent': context.userAgent, 'accept-encoding': 'identity', ...ask.headers }
    const body = ask.body?.() ?? null
    // An upload's place may lie on another host (as a redirect may): credentials do not follow there.
    const known = authorization !== null && url.origin === endpoint.base.origin
    const asked = { method: ask.method, url, headers: known ? { ...headers, authorization } : headers, body }
    const follows = ask.method === 'GET' || ask.method === 'HEAD'
    const answer = follows ? await follow(context, asked, signal) : await exchange(context, asked, signal)
    if (answer.ok && endpoint.base.protocol === 'https:') context.tlsHosts.add(endpoint.base.host)
    return answer
  }
  const known = await authorization(context, endpoint, ask.scopes, signal)
  if (!known.ok) return known
  const first = await send(known.value)
  if (!first.ok || first.value.status !== 401 || first.value.url.origin !== endpoint.base.origin) return first
  const challenge = parseChallenge(first.value.headers['www-authenticate'])
  if (challenge === null) return first
  context.challenges.set(endpoint.base.origin, challenge)
  context.tokens.delete(tokenKey(endpoint, ask.scopes))
  const fresh = await authorization(context, endpoint, ask.scopes, signal)
  if (!fresh.ok || (fresh.value ?? known.value) === known.value) return fresh.ok ? first : (discard(first.value), fresh)
  discard(first.value)
  return await send(fresh.value)
}

const tokenKey = (endpoint: Endpoint, scopes: readonly string[]): string => [endpoint.base.origin, ...scopes].join(' ')

/** The Authorization header that the registry is known to want; null as long as it has not asked for any. */
async function authorization(
  context: Context,
  endpoint: Endpoint,
  scopes: readonly string[],
  signal: AbortSignal,
): Promise<Tried<string | null>> {
  const challenge = context.challenges.get(endpoint.base.origin)
  if (challenge === undefined) return ok(null)
  const key = tokenKey(endpoint, scopes)
  const kept = context.tokens.get(key)
  if (kept !== undefined && kept.untilMs > context.nowMs()) return ok(`Bearer ${kept.token}`)
  const found = await context.credentials(endpoint.account, signal)
  if (!found.ok) return fail(trouble(found.error.code, found.error.message))
  const credentials = found.value
  if (credentials?.kind === 'registry-token') return ok(`Bearer ${credentials.token}`)
  if (challenge.scheme === 'basic') {
    if (credentials?.kind === 'password') return ok(basicAuthorization(credentials.username, credentials.password))
    return fail(
      trouble('E_REGISTRY_DENIED', 'no basic auth credentials', { status: 401, registryCode: 'UNAUTHORIZED' }),
    )
  }
  const token = await fetchToken(context, challenge, scopes, credentials, signal)
  if (!token.ok) return token
  context.tokens.set(key, token.value)
  return ok(`Bearer ${token.value.token}`)
}
