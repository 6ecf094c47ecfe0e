import { fail } from '../../model/errors.ts'
import { discard, exchange, shown } from './exchange.ts'
import type { Answer, Exchange, Wire } from './exchange.ts'
import { trouble } from './trouble.ts'
import type { Tried } from './trouble.ts'

const redirectStatus = new Set([301, 302, 303, 307, 308])

/**
 * Follows a GET or HEAD to where the bytes are. Credentials stay with the host that asked for them, and no redirect
 * leads from TLS to plain HTTP, or to plain HTTP on a host that must not be spoken to like this (the agent's choice).
 */
export async function follow(wire: Wire, asked: Exchange, signal: AbortSignal): Promise<Tried<Answer>> {
  let next = asked
  for (let hop = 0; hop <= wire.bounds.redirects; hop += 1) {
    const answer = await exchange(wire, next, signal)
    if (!answer.ok || !redirectStatus.has(answer.value.status)) return answer
    discard(answer.value)
    const target = targetOf(answer.value)
    if (!target.ok) return target
    next = { ...next, url: target.value, headers: headersFor(next, target.value) }
  }
  return fail(trouble('E_REGISTRY_ANSWER', `${shown(asked.url)}: stopped after ${wire.bounds.redirects} redirects`))
}

function targetOf(answer: Answer): Tried<URL> {
  const where = shown(answer.url)
  const { location } = answer.headers
  if (location === undefined || !URL.canParse(location, answer.url.href)) {
    return fail(trouble('E_REGISTRY_ANSWER', `${where}: a redirect to nowhere`))
  }
  const target = new URL(location, answer.url)
  if (target.protocol !== 'https:' && target.protocol !== 'http:') {
    return fail(
      trouble('E_REGISTRY_ANSWER', `${where}: a redirect to ${target.protocol.slice(0, 20)}, which is not HTTP`),
    )
  }
  if (answer.url.protocol === 'https:' && target.protocol === 'http:') {
    return fail(trouble('E_REGISTRY_ANSWER', `${where}: a redirect from TLS to plain HTTP (${shown(target)})`))
  }
  target.username = ''
  target.password = ''
  return { ok: true, value: target }
}

function headersFor(asked: Exchange, target: URL): Exchange['headers'] {
  if (asked.url.origin === target.origin) return asked.headers
  const { authorization: _, ...others } = asked.headers
  return others
}
