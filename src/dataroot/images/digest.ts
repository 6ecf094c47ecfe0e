import { createHash, randomBytes } from 'node:crypto'

/** An image has at most so many layers: a mount takes 128 and a container adds two. */
export const mostLayers = 125

export const isDigest = (text: unknown): text is string =>
  typeof text === 'string' && /^sha256:[0-9a-f]{64}$/.test(text)
export const isHex = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

export const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Without `sha256:`, for a file's name. Throws on what is no digest: a path must never be built from it. */
export function hexOf(digest: string): string {
  if (!isDigest(digest)) throw new Error(`not a digest: ${JSON.stringify(digest)}`)
  return digest.slice('sha256:'.length)
}

/** The identity of a layer together with all layers below it; `parent` null for a base layer. */
export const chainIdOf = (parent: string | null, diffId: string): string =>
  parent === null ? diffId : digestOf(`${parent} ${diffId}`)

/** The ChainID of every layer, the base first. */
export function chainIdsOf(diffIds: readonly string[]): string[] {
  const chain: string[] = []
  for (const diffId of diffIds) chain.push(chainIdOf(chain.at(-1) ?? null, diffId))
  return chain
}

/** The name of a new layer's directory. */
export const newLayerId = (): string => randomBytes(32).toString('hex')

/** The short name by which a layer stands in mount options: 26 characters of base32. */
export const newLinkId = (): string =>
  [...randomBytes(26)].map(byte => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('')

export const isLinkId = (text: string): boolean => /^[A-Z2-7]{26}$/.test(text)
