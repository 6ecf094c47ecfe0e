import { fail, ok } from './errors.ts'
import type { Result } from './errors.ts'
import type { Reference } from './image.ts'

/** The grammar of Docker's references (distribution/reference): `[domain/]path[:tag][@digest]`. */
const domainPart = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
const domain = `(?:${domainPart}(?:\\.${domainPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const pathPart = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const path = `${pathPart}(?:/${pathPart})*`
const tag = '[\\w][\\w.-]{0,127}'
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}'
const whole = new RegExp(`^(${domain})/(${path})(?::(${tag}))?(?:@(${digest}))?$`)

const hexLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 }
const nameLengthMax = 255
/** Longer than any name, tag and digest together; keeps the expressions' work small. */
const textLengthMax = 1024

const refuse = (message: string): Result<never> => fail({ code: 'E_REFERENCE', message })
const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

/** Reads a reference as a user writes it: `busybox` is `docker.io/library/busybox:latest`. E_REFERENCE in Docker's words. */
export function parseReference(text: string): Result<Reference> {
  if (text.length > textLengthMax) return refuse(`${quoted(text)}: invalid reference format: too long`)
  if (/^[a-f0-9]{64}$/.test(text)) {
    return refuse(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`)
  }
  const { host, rest } = splitDomain(text)
  const name = rest.split(':', 1)[0] ?? ''
  if (name !== name.toLowerCase()) {
    return refuse(`${quoted(text)}: invalid reference format: repository name must be lowercase`)
  }
  const found = whole.exec(`${host}/${rest}`)
  if (found === null) return refuse(`${quoted(text)}: invalid reference format`)
  const [, , foundPath = '', foundTag = null, foundDigest = null] = found
  if (host.length + 1 + foundPath.length > nameLengthMax) {
    return refuse(`${quoted(text)}: repository name must not be more than ${nameLengthMax} characters`)
  }
  if (foundDigest !== null) {
    const trouble = digestTrouble(foundDigest)
    if (trouble !== null) return refuse(`${quoted(text)}: ${trouble}`)
  }
  const asked = foundTag ?? (foundDigest === null ? 'latest' : null)
  return ok({ domain: host, path: foundPath, tag: asked, digest: foundDigest })
}

/** `sha256:<64 hex>` and its longer sisters. */
export const isDigest = (text: string): boolean => digestTrouble(text) === null

/** What is wrong with a digest, in the words of opencontainers/go-digest; null for a good one. */
function digestTrouble(text: string): string | null {
  const colon = text.indexOf(':')
  const hexLength = Object.hasOwn(hexLengths, text.slice(0, colon)) ? hexLengths[text.slice(0, colon)] : undefined
  if (colon < 1 || hexLength === undefined) return 'unsupported digest algorithm'
  const hex = text.slice(colon + 1)
  if (hex.length !== hexLength) return 'invalid checksum digest length'
  return /^[0-9a-f]+$/.test(hex) ? null : 'invalid checksum digest format'
}

function splitDomain(text: string): { readonly host: string; readonly rest: string } {
  const slash = text.indexOf('/')
  const first = text.slice(0, Math.max(slash, 0))
  const isDomain = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase()
  const [host, rest] = isDomain ? [first, text.slice(slash + 1)] : ['docker.io', text]
  if (host !== 'docker.io' && host !== 'index.docker.io') return { host, rest }
  return { host: 'docker.io', rest: rest.includes('/') ? rest : `library/${rest}` }
}

/** `docker.io/library/busybox` → `busybox`: the name as `docker images` shows it. */
export function familiarName(reference: Reference): string {
  if (reference.domain !== 'docker.io') return `${reference.domain}/${reference.path}`
  return /^library\/[^/]+$/.test(reference.path) ? reference.path.slice('library/'.length) : reference.path
}

/** The familiar name with what it asks for: `busybox:1.36`, `busybox:1.36@sha256:…`. */
export const familiarText = (reference: Reference): string => `${familiarName(reference)}${suffix(reference)}`

/** The full text, equal for equal references: `docker.io/library/busybox:1.36`. */
export const canonicalText = (reference: Reference): string =>
  `${reference.domain}/${reference.path}${suffix(reference)}`

function suffix(reference: Reference): string {
  const named = reference.tag === null ? '' : `:${reference.tag}`
  return reference.digest === null ? named : `${named}@${reference.digest}`
}
