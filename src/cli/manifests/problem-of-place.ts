import type { Problem } from '../../model/desired.ts'
import type { Position } from '../../model/identity.ts'

/** A problem that shows only when several files are looked at, with the line where it stands. */
export function problemOfPlace(
  { file, line, column }: Position,
  message: string,
  textOf: (file: string) => string | null,
): Problem {
  const text = textOf(file)?.split('\n')[line - 1] ?? null
  return {
    position: { file, line, column },
    file,
    message,
    excerpt: text === null ? null : { text, column, length: wordLength(text, column) },
  }
}

/** How many characters of a YAML scalar to underline. */
const wordLength = (line: string, column: number): number =>
  Math.max(1, /^[^\s,}\]#]*/.exec(line.slice(column - 1))?.[0].length ?? 1)
