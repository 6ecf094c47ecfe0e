import { clean } from '../text/clean.ts'
import { columns } from '../text/columns.ts'
import type { Show } from '../text/show.ts'

/** One thing that the host must have. `limited`: works, but not all of it. */
export type DoctorLine = {
  readonly name: string
  readonly found: string
  readonly verdict: 'ok' | 'limited' | 'missing'
  /** what to do about it; null when all is well */
  readonly advice: string | null
}

/** name, found, verdict; advice stands below its line. What is long pushes no other verdict away. */
export function doctorText(lines: readonly DoctorLine[], show: Pick<Show, 'paint'>): string {
  const texts = columns(
    lines.map(line => [line.name, line.found, line.verdict]),
    [
      { least: 8, gap: 2 },
      { least: 47, gap: 3, most: 60 },
    ],
  )
  return lines
    .flatMap(({ verdict, advice }, i) => [
      painted(texts[i] ?? '', verdict, show),
      ...(advice === null ? [] : [`${' '.repeat(10)}${clean(advice)}`]),
    ])
    .join('\n')
}

function painted(line: string, verdict: DoctorLine['verdict'], { paint }: Pick<Show, 'paint'>): string {
  const colour = verdict === 'ok' ? paint.add : verdict === 'limited' ? paint.warn : paint.bad
  return line.slice(0, line.length - verdict.length) + colour(verdict)
}
