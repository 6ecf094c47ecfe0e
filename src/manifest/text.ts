import type { Problem } from '../model/desired.ts'
import type { Position } from '../model/identity.ts'

/** One manifest file as text, with what is needed to say where something stands in it. */
export type SourceText = {
  /** absolute real path */
  readonly file: string
  readonly text: string
  readonly lineStarts: readonly number[]
}

/** A piece of a text, in UTF-16 units. */
export type Span = { readonly offset: number; readonly length: number }

const excerptWidth = 160

export function sourceText(file: string, text: string): SourceText {
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1)
  return { file, text, lineStarts }
}

/** Line and column from 1; a column is a code point, as editors count. */
export function positionAt(source: SourceText, offset: number): Position {
  const line = lineIndex(source, offset)
  const start = source.lineStarts[line] ?? 0
  return { file: source.file, line: line + 1, column: Array.from(source.text.slice(start, offset)).length + 1 }
}

/** A problem at a span, with the part of its line that a screen can show. */
export function problemAt(source: SourceText, span: Span, message: string): Problem {
  const position = positionAt(source, span.offset)
  const start = source.lineStarts[position.line - 1] ?? 0
  const end = source.text.indexOf('\n', start)
  const line = source.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '')
  const before = Array.from(line.slice(0, span.offset - start))
  const marked = Array.from(line.slice(span.offset - start, span.offset - start + span.length).trimEnd())
  const after = Array.from(line.slice(span.offset - start + span.length))
  const skipped = Math.max(0, before.length - excerptWidth / 2)
  const shown = [...before, ...marked, ...after].slice(skipped, skipped + excerptWidth)
  const column = before.length - skipped + 1
  return {
    position,
    file: source.file,
    message,
    excerpt: {
      text: printable(shown.join('')),
      column,
      length: Math.min(Math.max(1, marked.length), excerptWidth - column + 1),
    },
  }
}

export const problemOfFile = (file: string, message: string): Problem => ({
  position: null,
  file,
  message,
  excerpt: null,
})

/** A value as it stands in a message: in double quotes, on one line, without what could steer a terminal. */
export function quote(value: string): string {
  const shown = Array.from(value)
  const cut = shown.length > 80 ? `${shown.slice(0, 80).join('')}…` : value
  return `"${printable(cut)}"`
}

/** Control characters and those that turn the writing direction become `?`; tabs become blanks. */
const printable = (text: string): string =>
  text.replaceAll('\t', ' ').replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '?')

function lineIndex(source: SourceText, offset: number): number {
  let low = 0
  let high = source.lineStarts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}
