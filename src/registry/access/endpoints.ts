import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import type { Context } from './context.ts'
import { cancelled, trouble } from '../http/trouble.ts'
import type { Tried, Trouble } from '../http/trouble.ts'

export type Endpoint = {
  readonly base: URL
  /** whose credentials: a domain, or a mirror's host */
  readonly account: string
  readonly isMirror: boolean
}

const hub = 'registry-1.docker.io'

/**
 * Acts at the places where a domain's images are, one after the other until one succeeds: Docker Hub's mirrors before
 * itself (to read only); a host over TLS, then plain where that may be. The last one's failure is the one to tell.
 */
export async function atEndpoints<T>(
  context: Context,
  domain: string,
  use: 'read' | 'write',
  signal: AbortSignal,
  act: (endpoint: Endpoint) => Promise<Tried<T>>,
): Promise<Tried<T>> {
  let last: Tried<T> = fail(trouble('E_REGISTRY_UNREACHABLE', `${domain}: not a host's name`))
  for (const endpoint of endpointsOf(context, domain, use)) {
    if (signal.aborted) return fail(cancelled())
    const { host, protocol } = endpoint.base
    if (protocol === 'http:' && !endpoint.isMirror && context.tlsHosts.has(host)) return last
    last = await act(endpoint)
    if (last.ok) {
      if (protocol === 'http:') context.plainHosts.add(host)
      return last
    }
    if (!mayMoveOn(endpoint, last.error)) return last
  }
  return last
}

function endpointsOf(context: Context, domain: string, use: 'read' | 'write'): readonly Endpoint[] {
  const at = (scheme: string, host: string): readonly Endpoint[] =>
    URL.canParse(`${scheme}://${host}`)
      ? [{ base: new URL(`${scheme}://${host}`), account: domain, isMirror: false }]
      : []
  if (domain === 'docker.io') {
    const mirrors = use === 'read' ? context.mirrors : []
    return [...mirrors.map(base => ({ base, account: base.host, isMirror: true })), ...at('https', hub)]
  }
  const tls = at('https', domain)
  if (!context.rules.mayBePlain(domain)) return tls
  const isPlain = tls.some(
    ({ base }) => context.plainHosts.has(new URL(`http://${domain}`).host) && !context.tlsHosts.has(base.host),
  )
  return isPlain ? at('http', domain) : [...tls, ...at('http', domain)]
}

/** From a mirror for nearly any reason; from TLS to plain HTTP only where no TLS was spoken. */
function mayMoveOn(endpoint: Endpoint, error: Trouble): boolean {
  if (error.code === 'E_CANCELLED' || error.code === 'E_IMAGE_UNSUPPORTED') return false
  return endpoint.isMirror || error.tls === 'absent' || (error.unreachable && error.tls === null)
}

/** `registry-mirrors`: `http(s)://host[:port]`, nothing else in it. */
export function parseMirror(text: string): Result<URL> {
  const refuse = (why: string) => fail({ code: 'E_REFERENCE' as const, message: `invalid mirror: ${why}: ${text}` })
  if (!URL.canParse(text)) return refuse('not a URL')
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('neither http nor https')
  if (url.username !== '' || url.password !== '') return refuse('username/password not allowed in URI')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return refuse('path, query, or fragment at end of the URI')
  return ok(url)
}
