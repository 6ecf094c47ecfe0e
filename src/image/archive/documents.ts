/** A JSON document of an archive; undefined for what is none. */
export function parseDocument(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    return undefined
  }
}

const table = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}

export const fieldOf = (value: unknown, name: string): unknown =>
  Object.hasOwn(table(value), name) ? table(value)[name] : undefined

export function textOf(value: unknown, name: string): string | null {
  const found = fieldOf(value, name)
  return typeof found === 'string' ? found : null
}

export function textsOf(value: unknown, name: string): readonly string[] | null {
  const found = fieldOf(value, name)
  return Array.isArray(found) && found.every(item => typeof item === 'string') ? found : null
}
