import { clean } from '../text/clean.ts'
import type { Json } from './inspect.ts'
import { jsonText } from '../text/json-text.ts'

/**
 * The value at a dotted path (`kernel.memory.file`, `mounts.0.Source`) as bare text: words and numbers as they are, anything
 * larger as JSON. Keys that contain dots themselves are found too. Undefined: there is no such path.
 */
export function pick(object: Json, path: string): string | undefined {
  const value = valueAt(object, path.split('.'))
  if (value === undefined) return undefined
  if (typeof value === 'string') return clean(value)
  return typeof value === 'object' && value !== null ? jsonText(value) : `${value}`
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  if (path.length === 0) return value
  if (typeof value !== 'object' || value === null) return undefined
  const entries = Object.entries(value)
  for (let length = path.length; length > 0; length--) {
    const key = path.slice(0, length).join('.')
    const inside = entries.find(([name]) => name === key)?.[1]
    const found = inside === undefined ? undefined : valueAt(inside, path.slice(length))
    if (found !== undefined) return found
  }
  return undefined
}
