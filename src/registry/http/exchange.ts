import { request as requestPlain } from 'node:http'
import type { Agent, ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { request as requestTls } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ok } from '../../model/errors.ts'
import type { Bounds } from './bounds.ts'
import { networkTrouble } from './network-errors.ts'
import { trouble } from './trouble.ts'
import type { Tried, Trouble } from './trouble.ts'

type Upload = Uint8Array | AsyncIterable<Uint8Array>

export type Exchange = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  readonly headers: OutgoingHttpHeaders
  readonly body: Upload | null
}

export type Answer = {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: IncomingMessage
  readonly url: URL
}

export type Wire = {
  readonly agentFor: (url: URL) => Tried<Agent>
  readonly bounds: Bounds
}

/** A URL as messages may show it: without user, password, and the query, which signs blob storage addresses. */
export const shown = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`

/** One request, one answer, nothing followed. The body is read afterwards (body.ts) or destroyed. */
export async function exchange(wire: Wire, asked: Exchange, signal: AbortSignal): Promise<Tried<Answer>> {
  const agent = wire.agentFor(asked.url)
  if (!agent.ok) return agent
  const first = await send(wire.bounds, agent.value, asked, signal)
  if (first.ok || !first.error.stale || asked.body !== null) return first
  // A kept connection that the host had closed meanwhile says nothing about the host.
  return await send(wire.bounds, agent.value, asked, signal)
}

type Sent = { ok: true; value: Answer } | { ok: false; error: Trouble & { readonly stale: boolean } }

async function send(bounds: Bounds, agent: Agent, asked: Exchange, signal: AbortSignal): Promise<Sent> {
  const open = asked.url.protocol === 'https:' ? requestTls : requestPlain
  const { method, headers } = asked
  const refused = (error: Trouble, stale = false): Sent => ({ ok: false, error: { ...error, stale } })
  let request: ClientRequest
  try {
    request = open(asked.url, {
      method,
      headers,
      agent,
      signal,
      maxHeaderSize: bounds.headerBytes,
      insecureHTTPParser: false,
    })
  } catch (error) {
    return refused(networkTrouble(error, shown(asked.url)))
  }
  const { promise, resolve } = Promise.withResolvers<Sent>()
  const deadline = armDeadlines(request, bounds, shown(asked.url), error => resolve(refused(error)))
  request.on('error', error => {
    deadline.clear()
    const stale = request.reusedSocket && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
    const found = networkTrouble(error, shown(asked.url))
    resolve(refused({ ...found, unreachable: found.unreachable || !deadline.isConnected() }, stale))
  })
  request.on('response', body => {
    deadline.clear()
    // A body that fails before anybody reads it must not end the process.
    body.on('error', () => {})
    resolve(ok({ status: body.statusCode ?? 0, headers: body.headers, body, url: asked.url }))
  })
  request.on('upgrade', (_, socket) => socket.destroy())
  writeBody(request, asked.body, deadline.again, error => resolve(refused(error)))
  return await promise
}

/** Ends a request that gets no connection or no answer in time. `again` starts the wait for the answer anew. */
function armDeadlines(request: ClientRequest, bounds: Bounds, where: string, late: (error: Trouble) => void) {
  const end = (message: string, unreachable: boolean) => {
    late(trouble('E_REGISTRY_UNREACHABLE', `${where}: ${message}`, { again: true, unreachable, errno: 'ETIMEDOUT' }))
    request.destroy()
  }
  const connect = setTimeout(() => end(`no connection within ${bounds.connectMs} ms`, true), bounds.connectMs)
  const waiting = () => setTimeout(() => end(`no answer within ${bounds.answerMs} ms`, false), bounds.answerMs)
  let answer = waiting()
  let isConnected = false
  request.on('socket', socket => {
    const connected = () => {
      isConnected = true
      clearTimeout(connect)
    }
    if (!socket.connecting) return connected()
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected)
  })
  return {
    isConnected: () => isConnected,
    clear: () => {
      clearTimeout(connect)
      clearTimeout(answer)
    },
    again: () => {
      clearTimeout(answer)
      answer = waiting()
    },
  }
}

function writeBody(request: ClientRequest, body: Upload | null, moved: () => void, failed: (error: Trouble) => void) {
  if (body === null || body instanceof Uint8Array) return void request.end(body ?? undefined)
  const watched = async function* () {
    for await (const chunk of body) {
      moved()
      yield chunk
    }
  }
  pipeline(Readable.from(watched(), { objectMode: false }), request).catch((error: unknown) => {
    // The registry's own answer, when there is one, tells more than the broken pipe.
    if (!request.destroyed) request.destroy()
    failed(networkTrouble(error, 'upload'))
  })
}

/** Does away with an answer that nobody reads. Small rests are drained so that the connection can be kept. */
export function discard(answer: Answer): void {
  const length = Number(answer.headers['content-length'] ?? Number.NaN)
  if (length <= 16_384) answer.body.resume()
  else answer.body.destroy()
}
