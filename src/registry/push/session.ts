import { fail, ok } from '../../model/errors.ts'
import type { Reference } from '../../model/image.ts'
import { authorised } from '../access/authorised.ts'
import type { Context } from '../access/context.ts'
import type { Endpoint } from '../access/endpoints.ts'
import { answerTrouble } from '../http/error-document.ts'
import { discard, shown } from '../http/exchange.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { trouble } from '../http/trouble.ts'
import type { Tried } from '../http/trouble.ts'

/** Requests that write to one repository at one place. */
export type PushSession = {
  readonly context: Context
  readonly endpoint: Endpoint
  readonly reference: Reference
  readonly scopes: readonly string[]
  readonly signal: AbortSignal
}

type Asked = {
  readonly method: Exchange['method']
  readonly target: string | URL
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: () => Exchange['body']
}

/** Repositories that are asked for a blob before it is sent. */
export const mostMounts = 3

export const pushScopes = (reference: Reference, mountFrom: readonly string[]): readonly string[] => [
  `repository:${reference.path}:pull,push`,
  ...mountFrom.map(path => `repository:${path}:pull`),
]

/** Asks; any status but the expected ones is a failure in the registry's words. The answer's body is done away with. */
export async function ask(session: PushSession, asked: Asked, expected: readonly number[]): Promise<Tried<Answer>> {
  const { context, endpoint, scopes, signal } = session
  const answer = await authorised(context, endpoint, { ...asked, scopes }, signal)
  if (!answer.ok) return answer
  if (!expected.includes(answer.value.status)) {
    return fail(await answerTrouble(answer.value, context.bounds, context.nowMs(), signal))
  }
  if (asked.method === 'HEAD') answer.value.body.resume()
  else discard(answer.value)
  return answer
}

/** Where an upload goes on, as the last answer says. */
export function uploadPlace(answer: Answer): Tried<URL> {
  const { location } = answer.headers
  if (location === undefined || !URL.canParse(location, answer.url.href)) {
    return fail(trouble('E_REGISTRY_ANSWER', `${shown(answer.url)}: the registry names no place for the upload`))
  }
  return ok(new URL(location, answer.url))
}

/** Begins an upload; with `mount`, asks for the blob of another repository instead, null when that is done. */
export async function beginUpload(
  session: PushSession,
  mount: { readonly digest: string; readonly from: string } | null,
): Promise<Tried<URL | null>> {
  const query = mount === null ? '' : `?${new URLSearchParams({ mount: mount.digest, from: mount.from })}`
  const target = `/v2/${session.reference.path}/blobs/uploads/${query}`
  const answer = await ask(session, { method: 'POST', target, headers: { 'content-length': 0 } }, [201, 202])
  if (!answer.ok) return answer
  if (answer.value.status === 201 && mount !== null) return ok(null)
  return uploadPlace(answer.value)
}

export function withDigest(place: URL, digest: string): URL {
  const url = new URL(place)
  url.searchParams.set('digest', digest)
  return url
}
