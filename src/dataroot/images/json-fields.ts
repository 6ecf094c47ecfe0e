/**
 * Reads fields as Docker's engine does: names are matched whatever their case. What it and we would read differently, a
 * name that is there twice, is refused: an image must not be one thing to us and another to an engine.
 */
export type Fields = { readonly at: string; readonly values: Readonly<Record<string, unknown>> }

/** Ends the reading of a text that isn't what it should be; `parsed` turns it into a value. */
export function wrong(why: string): never {
  throw Object.assign(new Error(why), { wrongText: true })
}

export function parsed<T>(read: () => T): { readonly value: T } | { readonly why: string } {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof Error && 'wrongText' in error) return { why: error.message }
    throw error
  }
}

/** The value of a text in which no object has a key twice. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    wrong('not UTF-8')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    wrong('not JSON, or cut off')
  }
  const twice = repeatedKey(text)
  return twice === null ? value : wrong(`${twice} is there twice`)
}

export function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong(`${at} is not an object`)
  return { at, values: value as Readonly<Record<string, unknown>> }
}

/** A field's value, null where it is missing. */
export function field({ at, values }: Fields, name: string): unknown {
  const found = Object.keys(values).filter(key => folded(key) === folded(name))
  if (found.length > 1) wrong(`${at} has both ${found.slice(0, 2).join(' and ')}`)
  return found[0] === undefined ? null : (values[found[0]] ?? null)
}

export function textField(fields: Fields, name: string): string {
  const value = field(fields, name) ?? ''
  return typeof value === 'string' && !value.includes('\0') ? value : wrong(`${fields.at}.${name} is not a text`)
}

export function numberField(fields: Fields, name: string): number {
  const value = field(fields, name) ?? 0
  return Number.isSafeInteger(value) ? (value as number) : wrong(`${fields.at}.${name} is not a whole number`)
}

export function flagField(fields: Fields, name: string): boolean {
  const value = field(fields, name) ?? false
  return typeof value === 'boolean' ? value : wrong(`${fields.at}.${name} is not true or false`)
}

/** A list of texts; null where it is missing. */
export function textsField(fields: Fields, name: string): string[] | null {
  const value = field(fields, name)
  if (value === null) return null
  const isTexts = Array.isArray(value) && value.every(item => typeof item === 'string' && !item.includes('\0'))
  return isTexts ? (value as string[]) : wrong(`${fields.at}.${name} is not a list of texts`)
}

/** The keys of an object whose values say nothing. */
export function keysField(fields: Fields, name: string): string[] {
  const value = field(fields, name)
  const keys = value === null ? [] : Object.keys(fieldsOf(value, `${fields.at}.${name}`).values)
  return keys.some(key => key.includes('\0')) ? wrong(`${fields.at}.${name} has a key with a NUL`) : keys
}

/** As Go folds: two letters outside ASCII count as K and S. */
const folded = (key: string) => key.toUpperCase().toLowerCase()

/** The text is valid JSON. */
function repeatedKey(text: string): string | null {
  const open: (Set<string> | null)[] = []
  let keyIsNext = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : null)
      keyIsNext = char === '{'
    } else if (char === '}' || char === ']') {
      open.pop()
      keyIsNext = false
    } else if (char === ',') keyIsNext = open.at(-1) instanceof Set
    else if (char === '"') {
      const end = stringEnd(text, at)
      if (keyIsNext) {
        const key = JSON.parse(text.slice(at, end + 1)) as string
        const keys = open.at(-1)
        if (keys?.has(key)) return JSON.stringify(key).slice(0, 80)
        keys?.add(key)
        keyIsNext = false
      }
      at = end
    }
  }
  return null
}

function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
