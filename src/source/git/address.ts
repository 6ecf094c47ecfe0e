import { fail, ok, type Result } from '../../model/errors.ts'
import { realDirectory } from '../real-path.ts'

export type Transport = 'https' | 'http' | 'ssh' | 'file'

/** Where a repository is, with what is secret kept apart. */
export type Address = {
  readonly transport: Transport
  /** what git is given; holds no password and, over HTTP, no user */
  readonly url: string
  /** how the repository is called in every text and record */
  readonly repository: string
  /** `host` or `host:port`; null for a path */
  readonly host: string | null
  readonly credentials: { readonly username: string; readonly password: string | null } | null
}

const supported = 'write https://…, ssh://…, user@host:path or an absolute path'

/** The error never repeats what may be a password. */
export function parseAddress(text: string): Result<Address, string> {
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return fail('the URL has control characters in it')
  if (text.startsWith('/')) return ok(localAddress(text))
  if (/^[a-z][a-z0-9+.-]*::/i.test(text)) return fail(`remote helpers (name::address) are refused; ${supported}`)
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'https' || scheme === 'http') return httpAddress(text, scheme)
  if (scheme === 'ssh') return sshAddress(text)
  if (scheme === 'file') return fileAddress(text)
  if (scheme !== undefined) return fail(`the protocol ${scheme} is refused; ${supported}`)
  return shortAddress(text)
}

function localAddress(path: string): Address {
  const real = realDirectory(path)
  return { transport: 'file', url: real, repository: `file://${real}`, host: null, credentials: null }
}

function fileAddress(text: string): Result<Address, string> {
  const path = /^file:\/\/(?:localhost)?(\/.*)$/i.exec(text)?.[1]
  if (path === undefined) return fail('a file:// URL has an absolute path and no host: file:///srv/repository.git')
  try {
    return ok(localAddress(decodeURIComponent(path)))
  } catch {
    return fail('the path of the file:// URL is not well encoded')
  }
}

function httpAddress(text: string, transport: 'https' | 'http'): Result<Address, string> {
  const url = URL.parse(text)
  if (url === null || url.hostname === '') return fail('that is no valid URL')
  if (url.search !== '' || url.hash !== '') return fail('the URL of a repository has no "?" and no "#"')
  const path = url.pathname.replace(/\/+$/, '')
  if (path === '') return fail('the URL names a host, but no repository on it')
  const plain = `${transport}://${url.host}${path}`
  const { username, password } = url
  const credentials =
    username === '' && password === ''
      ? null
      : { username: decode(username), password: password === '' ? null : decode(password) }
  if (hasControl(credentials?.username) || hasControl(credentials?.password))
    return fail('the user or password in the URL has control characters in it')
  return ok({ transport, url: plain, repository: plain, host: url.host, credentials })
}

const hasControl = (text: string | null | undefined): boolean => /\p{Cc}/u.test(text ?? '')

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const user = '[A-Za-z0-9_][A-Za-z0-9_.+-]*'
const host = '(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*)|\\[[0-9A-Fa-f:.]+\\])'
const sshPattern = new RegExp(`^ssh://(?:${user}@)?(${host}(?::\\d{1,5})?)(/[^/-].*)$`, 'i')
const shortPattern = new RegExp(`^(?:${user}@)?(${host}):([^-].*)$`)

function sshAddress(text: string): Result<Address, string> {
  if (/^ssh:\/\/[^/]*:[^/]*@/i.test(text)) return fail('ssh takes no password from a URL; use a key')
  const url = text.replace(/\/+$/, '')
  const at = sshPattern.exec(url)?.[1]
  if (at === undefined) return fail('that is no valid ssh URL: ssh://user@host/path')
  return ok({ transport: 'ssh', url, repository: url, host: at, credentials: null })
}

/** `user@host:path`, ssh's own short form. */
function shortAddress(text: string): Result<Address, string> {
  const url = text.replace(/\/+$/, '')
  const at = shortPattern.exec(url)?.[1]
  if (at === undefined) return fail(`that is no address of a repository; ${supported}`)
  return ok({ transport: 'ssh', url, repository: url, host: at, credentials: null })
}

/** What others print may have a URL with a password in it. */
export const withoutCredentials = (text: string): string => text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/'"]*@/gi, '$1')
