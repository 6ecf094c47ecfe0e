import { STATUS_CODES } from 'node:http'
import type { Bounds } from './bounds.ts'
import { wholeBody } from './body.ts'
import { shown } from './exchange.ts'
import type { Answer } from './exchange.ts'
import { retryAfterMs } from './retry-after.ts'
import { trouble } from './trouble.ts'
import type { Trouble } from './trouble.ts'

const codeOfStatus: Readonly<Record<number, Trouble['code']>> = {
  401: 'E_REGISTRY_DENIED',
  403: 'E_REGISTRY_DENIED',
  404: 'E_REGISTRY_NOT_FOUND',
  429: 'E_REGISTRY_LIMITED',
}

type Complaint = { readonly code: string; readonly message: string }

/** What a registry says with a status that is no success: its own words where it has some. Reads the body. */
export async function answerTrouble(
  answer: Answer,
  bounds: Bounds,
  nowMs: number,
  signal: AbortSignal,
): Promise<Trouble> {
  const body = await wholeBody(answer, bounds.errorBytes, bounds, signal)
  if (!body.ok && body.error.code === 'E_CANCELLED') return body.error
  const complaint = body.ok ? firstComplaint(body.value) : null
  const { status } = answer
  const wait = retryAfterMs(answer.headers['retry-after'], nowMs)
  const denied = complaint?.code === 'DENIED' || complaint?.code === 'UNAUTHORIZED'
  const limited = status === 429 || complaint?.code === 'TOOMANYREQUESTS'
  const code = limited
    ? 'E_REGISTRY_LIMITED'
    : denied
      ? 'E_REGISTRY_DENIED'
      : (codeOfStatus[status] ?? 'E_REGISTRY_ANSWER')
  const words =
    complaint === null
      ? `received unexpected HTTP status: ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()
      : wordsOf(complaint)
  return trouble(code, complaint === null ? `${shown(answer.url)}: ${words}` : words, {
    status,
    retryAfterMs: wait,
    registryCode: complaint?.code ?? null,
    again: status >= 500 || status === 408 || (limited && wait !== null),
  })
}

/** `denied: requested access to the resource is denied`, as distribution's errcode prints it. */
function wordsOf({ code, message }: Complaint): string {
  const kind = code.toLowerCase().replaceAll('_', ' ')
  return message === '' || message.toLowerCase() === kind ? kind : `${kind}: ${message}`
}

function firstComplaint(body: Buffer): Complaint | null {
  let document: unknown
  try {
    document = JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
  if (typeof document !== 'object' || document === null) return null
  const first: unknown = 'errors' in document && Array.isArray(document.errors) ? document.errors[0] : document
  if (typeof first !== 'object' || first === null) return null
  const message = 'message' in first ? first.message : 'details' in first ? first.details : ''
  const code = 'code' in first && typeof first.code === 'string' ? first.code : ''
  if (code === '' && typeof message !== 'string') return null
  const said = printable(typeof message === 'string' ? message : '')
  return { code: printable(code === '' ? 'UNKNOWN' : code).toUpperCase(), message: said }
}

/** A registry's words go to a terminal: no control characters, one line, of bounded length. */
const printable = (text: string): string => text.replaceAll(/\p{C}+/gu, ' ').slice(0, 500)
