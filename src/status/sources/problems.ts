import type { Problem } from '../../model/desired.ts'
import { clean } from '../text/clean.ts'
import type { Show } from '../text/show.ts'
import { counted } from '../text/words.ts'

/** A line of source longer than this is shown around the mistake only. */
const longestExcerpt = 160

/**
 * `file:line:column: message`, then the source line and carets below the mistake. Without a position only the first
 * line.
 */
export function problemText(problem: Problem, show: Pick<Show, 'display' | 'paint'>): string {
  const file = clean(show.display(problem.file))
  const { position } = problem
  if (position === null) return `${show.paint.strong(`${file}:`)} ${clean(problem.message)}`
  const head = show.paint.strong(`${file}:${position.line}:${position.column}:`)
  return [`${head} ${clean(problem.message)}`, ...excerptLines(problem, position.line, show)].join('\n')
}

function excerptLines({ excerpt }: Problem, line: number, show: Pick<Show, 'paint'>): string[] {
  if (excerpt === null) return []
  const column = Math.max(1, excerpt.column)
  const from = excerpt.text.length > longestExcerpt ? Math.max(0, column - 1 - longestExcerpt / 2) : 0
  // One column a character, or the carets would stand elsewhere: no escapes here.
  const text = excerpt.text.slice(from, from + longestExcerpt).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
  const before = ' '.repeat(Math.min(column - 1 - from, text.length))
  const length = Math.max(1, Math.min(excerpt.length, text.length - before.length))
  return [
    `${`${line}`.padStart(5)} | ${text.trimEnd()}`,
    `${' '.repeat(5)} | ${before}${show.paint.bad('^'.repeat(length))}`,
  ]
}

/** `1 file, 1 error`: the files that have errors, and how many errors they have. */
export function problemCount(problems: readonly Problem[]): string {
  const files = new Set(problems.map(problem => problem.file)).size
  return `${counted(files, 'file')}, ${counted(problems.length, 'error')}`
}

/** All problems and a closing line. `files` were read; `would be`: nothing was tried (validate, plan). */
export function problemsText(
  problems: readonly Problem[],
  files: number,
  tense: 'would be' | 'was',
  show: Pick<Show, 'display' | 'paint'>,
): string {
  return [...problems.map(problem => problemText(problem, show)), problemsClosing(problems, files, tense)].join('\n')
}

/** `1 of 3 files, 2 errors; nothing of it was applied` */
export function problemsClosing(problems: readonly Problem[], files: number, tense: 'would be' | 'was'): string {
  const bad = new Set(problems.map(problem => problem.file)).size
  const of = files > bad ? `${bad} of ` : ''
  const count = `${of}${counted(Math.max(files, bad), 'file')}, ${counted(problems.length, 'error')}`
  return `${count}; nothing of ${bad === 1 ? 'it' : 'them'} ${tense} applied`
}
