import { clean } from './clean.ts'

/** `least` characters at least, then `gap` spaces before the next column. A cell of more than `most` widens nothing. */
export type Column = { readonly least: number; readonly gap: number; readonly most?: number }

/**
 * Rows as aligned lines, cells cleaned. The last filled cell of a row never widens its column, so that one long remark
 * doesn't push everything else away. Assumes that no character is wider than one column.
 */
export function columns(rows: readonly (readonly string[])[], layout: readonly Column[]): string[] {
  const cleaned = rows.map(row => withoutEmptyEnd(row.map(clean)))
  const widths = layout.map((column, at) =>
    cleaned.reduce(
      (width, row) => (at < row.length - 1 ? Math.max(width, widening(row[at], column)) : width),
      column.least,
    ),
  )
  return cleaned.map(row => row.map((cell, at) => padded(cell, at, row, widths, layout)).join(''))
}

function widening(cell: string | undefined, { most }: Column): number {
  const width = cell?.length ?? 0
  return most !== undefined && width > most ? 0 : width
}

function padded(
  cell: string,
  at: number,
  row: readonly string[],
  widths: readonly number[],
  layout: readonly Column[],
): string {
  if (at === row.length - 1) return cell
  return cell.padEnd(widths[at] ?? 0) + ' '.repeat(layout[at]?.gap ?? 2)
}

function withoutEmptyEnd(row: readonly string[]): readonly string[] {
  const last = row.findLastIndex(cell => cell !== '')
  return row.slice(0, last + 1)
}
