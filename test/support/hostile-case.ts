export type HostileCase = {
  readonly title: string
  readonly blob: Buffer
  readonly mediaType?: string
  readonly expect?: { readonly blobDigest?: string; readonly blobBytes?: number; readonly diffId?: string }
  /** Entries as `listing` shows them, or the refusal. */
  readonly inside?: readonly string[]
  readonly refused?: RegExp
  readonly code?: string
}

// entries as a listing of the tree shows them
export const d = (name: string) => `40755 0:0 ${name}`
export const f = (name: string, size = 1) => `100644 0:0 ${size} ${name}`
export const l = (name: string, to: string) => `120777 0:0 ${name} -> ${to}`

/** The parents of an absolute path, made inside, and a file in the last. */
export function nested(path: string, last: (name: string) => string): readonly string[] {
  const parts = path.split('/').slice(1)
  return [...parts.map((_, index) => d(parts.slice(0, index + 1).join('/'))), last(`${parts.join('/')}/evil`)]
}
