/** Colours as functions from text to text, so that what is said doesn't know about terminals. */
export type Paint = {
  readonly add: (text: string) => string
  readonly change: (text: string) => string
  readonly remove: (text: string) => string
  readonly warn: (text: string) => string
  readonly bad: (text: string) => string
  readonly faint: (text: string) => string
  readonly strong: (text: string) => string
}

const same = (text: string) => text
export const plain: Paint = {
  add: same,
  change: same,
  remove: same,
  warn: same,
  bad: same,
  faint: same,
  strong: same,
}

const sgr = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`
/** SGR codes of ECMA-48, the eight colours that every terminal has. */
export const ansi: Paint = {
  add: sgr(32),
  change: sgr(33),
  remove: sgr(31),
  warn: sgr(33),
  bad: sgr(31),
  faint: sgr(2),
  strong: sgr(1),
}

/**
 * What a line is about: `+` comes, `~` changes, `-` goes, `-/+` is made anew, `!` needs a look, `x` refused or failed,
 * `.` waits.
 */
export type Mark = '+' | '~' | '-' | '-/+' | '!' | 'x' | '.' | ' '

export function paintMark(mark: Mark, paint: Paint, width: number): string {
  const text = mark.padStart(width)
  if (mark === '+') return paint.add(text)
  if (mark === '~') return paint.change(text)
  if (mark === '-' || mark === '-/+') return paint.remove(text)
  if (mark === '!') return paint.warn(text)
  if (mark === 'x') return paint.bad(text)
  return text
}
