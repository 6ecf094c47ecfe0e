import { fail, ok } from '../../model/errors.ts'
import type { Descriptor, Reference } from '../../model/image.ts'
import { authorised } from '../access/authorised.ts'
import type { Context } from '../access/context.ts'
import { atEndpoints } from '../access/endpoints.ts'
import { answerTrouble } from '../http/error-document.ts'
import type { Answer } from '../http/exchange.ts'
import { pullScope } from './fetch-manifest.ts'
import { isForeignLayer } from './media-types.ts'
import { follow } from '../http/redirects.ts'
import { trouble } from '../http/trouble.ts'
import type { Tried } from '../http/trouble.ts'

/** A blob whose bytes are about to come, from `fromBytes` on: what was asked for, or 0. */
export type OpenBlob = { readonly answer: Answer; readonly fromBytes: number }

/** Begins a transfer: from the registry, or, for a foreign layer, from the places that its manifest names. */
export async function openBlob(
  context: Context,
  reference: Reference,
  descriptor: Descriptor,
  fromBytes: number,
  signal: AbortSignal,
): Promise<Tried<OpenBlob>> {
  for (const place of isForeignLayer(descriptor.mediaType) ? descriptor.urls : []) {
    if (!URL.canParse(place) || !/^https?:/.test(place)) continue
    const opened = await from(fromBytes, (more, start) => {
      const headers = { 'user-agent': context.userAgent, 'accept-encoding': 'identity', ...more }
      const asked = { method: 'GET' as const, url: new URL(place), headers, body: null }
      return begin(context, follow(context, asked, signal), descriptor, start, signal)
    })
    if (opened.ok || opened.error.code === 'E_CANCELLED') return opened
  }
  return await atEndpoints(context, reference.domain, 'read', signal, endpoint =>
    from(fromBytes, (headers, start) => {
      const target = `/v2/${reference.path}/blobs/${descriptor.digest}`
      const ask = { method: 'GET' as const, target, headers, scopes: pullScope(reference) }
      return begin(context, authorised(context, endpoint, ask, signal), descriptor, start, signal)
    }),
  )
}

type Begin = (headers: Readonly<Record<string, string>>, start: number) => Promise<Tried<OpenBlob>>

/** Asks for the rest; where the answer to that makes no sense (206 with a wrong range, 416), for the whole. */
async function from(fromBytes: number, act: Begin): Promise<Tried<OpenBlob>> {
  if (fromBytes === 0) return await act({}, 0)
  const rest = await act({ range: `bytes=${fromBytes}-` }, fromBytes)
  const isNoRange = !rest.ok && (rest.error.status === 206 || rest.error.status === 416)
  return isNoRange ? await act({}, 0) : rest
}

async function begin(
  context: Context,
  asking: Promise<Tried<Answer>>,
  descriptor: Descriptor,
  asked: number,
  signal: AbortSignal,
): Promise<Tried<OpenBlob>> {
  const arrived = await asking
  if (!arrived.ok) return arrived
  const answer = arrived.value
  const { status, headers } = answer
  const refuse = (why: string): Tried<never> => {
    answer.body.destroy()
    return fail(trouble('E_REGISTRY_ANSWER', `blob ${descriptor.digest}: ${why}`, { status }))
  }
  if (status !== 200 && status !== 206)
    return fail(await answerTrouble(answer, context.bounds, context.nowMs(), signal))
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity')
    return refuse(`sent with content-encoding ${encoding.slice(0, 40)}, which nobody asked for`)
  const fromBytes = status === 206 ? rangeStart(headers['content-range'], descriptor.sizeBytes) : 0
  if (fromBytes === null || (status === 206 && fromBytes !== asked))
    return refuse('a wrong Content-Range in the answer')
  const length = headers['content-length']
  if (length !== undefined && Number(length) !== descriptor.sizeBytes - fromBytes) {
    return refuse(`the registry announces ${length} bytes where ${descriptor.sizeBytes - fromBytes} are due`)
  }
  return ok({ answer, fromBytes })
}

/** The start of a range that reaches the end of `sizeBytes`; null for every other header. */
function rangeStart(header: string | undefined, sizeBytes: number): number | null {
  const [, first, last, whole] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header ?? '') ?? []
  if (first === undefined || Number(last) !== sizeBytes - 1) return null
  return whole === '*' || Number(whole) === sizeBytes ? Number(first) : null
}
