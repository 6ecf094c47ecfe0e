export type Row = {
  readonly name: string
  /** of one unit */
  readonly samples: readonly number[]
  readonly note?: string
}

export const median = (samples: readonly number[]): number => {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** The smallest sample that so many percent don't exceed. */
export const percentile = (samples: readonly number[], percent: number): number =>
  [...samples].sort((a, b) => a - b)[Math.max(0, Math.ceil((samples.length * percent) / 100) - 1)] ?? Number.NaN

/** Medians with their spread, each beside the first row: below 1.00 is less than that. */
export function printTable(title: string, unit: string, rows: readonly Row[]): void {
  const first = median(rows[0]?.samples ?? [])
  const cells = rows.map(({ name, samples, note }) => [
    name,
    shown(median(samples)),
    `${shown(Math.min(...samples))}–${shown(Math.max(...samples))}`,
    `${samples.length}`,
    (median(samples) / first).toFixed(2),
    note ?? '',
  ])
  const header = [title, `median ${unit}`, 'min–max', 'n', '× first', '']
  const widths = header.map((text, i) => Math.max(text.length, ...cells.map(row => row[i]?.length ?? 0)))
  for (const row of [header, ...cells]) {
    const line = row.map((text, i) =>
      i === 0 || i === 5 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0),
    )
    process.stdout.write(`${line.join('  ').trimEnd()}\n`)
  }
}

/** Says how a figure stands to what was aimed at. Never fails: a bench measures. */
export function printAim(text: string, found: number, most: number, unit = '×'): void {
  const verdict = found <= most ? 'met' : 'missed'
  process.stdout.write(`aim ${verdict}: ${text}: ${found.toFixed(2)} ${unit}, aimed at ${most} ${unit} or less\n`)
}

const shown = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2))
