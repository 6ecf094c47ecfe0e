import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'

const algorithms: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512'])

/** The hash that a digest (checked by isDigest) is made by. */
export function hashFor(digest: string): Hash {
  const algorithm = digest.slice(0, digest.indexOf(':'))
  if (!algorithms.has(algorithm)) throw new Error(`digest with an unchecked algorithm: ${algorithm}`)
  return createHash(algorithm)
}

/** `sha256:<hex>` of what a hash has seen so far, leaving the hash usable; by the algorithm of `like`. */
export const digestSoFar = (hash: Hash, like: string): string =>
  `${like.slice(0, like.indexOf(':'))}:${hash.copy().digest('hex')}`

export const digestOf = (bytes: Uint8Array, like = 'sha256:'): string => digestSoFar(hashFor(like).update(bytes), like)
