import { fail, ok } from '../../model/errors.ts'
import { wholeBody } from '../http/body.ts'
import type { Challenge } from './challenge.ts'
import type { Context } from './context.ts'
import type { Credentials } from './account.ts'
import { answerTrouble } from '../http/error-document.ts'
import { exchange } from '../http/exchange.ts'
import type { Exchange } from '../http/exchange.ts'
import { follow } from '../http/redirects.ts'
import { trouble } from '../http/trouble.ts'
import type { Tried } from '../http/trouble.ts'

type Token = { readonly token: string; readonly untilMs: number }
type Bearer = Extract<Challenge, { scheme: 'bearer' }>

const clientId = 'reconcile'
const shortestLifeSeconds = 60

/**
 * Asks the token server that a registry names (distribution's token specification): by GET with the password or
 * anonymously, by POST with an identity token. The server may live on another host; that is what the challenge is for.
 */
export async function fetchToken(
  context: Context,
  challenge: Bearer,
  scopes: readonly string[],
  credentials: Credentials | null,
  signal: AbortSignal,
): Promise<Tried<Token>> {
  if (!URL.canParse(challenge.realm))
    return fail(trouble('E_REGISTRY_ANSWER', 'the registry names no usable token server'))
  const realm = new URL(challenge.realm)
  if (realm.protocol !== 'https:' && realm.protocol !== 'http:') {
    return fail(trouble('E_REGISTRY_ANSWER', 'the registry names a token server that is not HTTP'))
  }
  const begunMs = context.nowMs()
  const answer =
    credentials?.kind === 'identity-token'
      ? await exchange(context, byPost(context, realm, challenge.service, scopes, credentials.token), signal)
      : await follow(context, byGet(context, realm, challenge.service, scopes, credentials), signal)
  if (!answer.ok) return answer
  if (answer.value.status !== 200) return fail(await answerTrouble(answer.value, context.bounds, begunMs, signal))
  const body = await wholeBody(answer.value, context.bounds.tokenBytes, context.bounds, signal)
  if (!body.ok) return body
  return readToken(body.value, begunMs)
}

function byGet(
  context: Context,
  realm: URL,
  service: string | null,
  scopes: readonly string[],
  credentials: Credentials | null,
): Exchange {
  const url = new URL(realm)
  if (service !== null) url.searchParams.set('service', service)
  for (const scope of scopes) url.searchParams.append('scope', scope)
  const headers: Record<string, string> = { 'user-agent': context.userAgent, accept: 'application/json' }
  if (credentials?.kind === 'password') {
    url.searchParams.set('account', credentials.username)
    headers['authorization'] = basicAuthorization(credentials.username, credentials.password)
  }
  return { method: 'GET', url, headers, body: null }
}

function byPost(
  context: Context,
  url: URL,
  service: string | null,
  scopes: readonly string[],
  identityToken: string,
): Exchange {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: identityToken,
    client_id: clientId,
    ...(service === null ? {} : { service }),
    scope: scopes.join(' '),
  })
  const body = Buffer.from(form.toString())
  const headers = {
    'user-agent': context.userAgent,
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': body.length,
  }
  return { method: 'POST', url, headers, body }
}

function readToken(body: Buffer, begunMs: number): Tried<Token> {
  const unusable = fail(trouble('E_REGISTRY_ANSWER', 'authorization server did not include a token in the response'))
  let document: { readonly token?: unknown; readonly access_token?: unknown; readonly expires_in?: unknown }
  try {
    document = Object(JSON.parse(body.toString('utf8')))
  } catch {
    return unusable
  }
  const token = document.token || document.access_token
  // A token goes into a header: nothing but what a header may hold.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) return unusable
  const told = typeof document.expires_in === 'number' ? document.expires_in : shortestLifeSeconds
  const lifeSeconds = Math.min(Math.max(told, shortestLifeSeconds), 24 * 3600)
  // A tenth of its life early: the clocks differ, and the request takes its time.
  return ok({ token, untilMs: begunMs + lifeSeconds * 900 })
}

export const basicAuthorization = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
