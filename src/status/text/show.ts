import type { Position } from '../../model/identity.ts'
import type { Paint } from './paint.ts'

/** How things are shown to whoever reads. */
export type Show = {
  readonly paint: Paint
  /** an absolute path → the path as it was typed */
  readonly display: (file: string) => string
  readonly nowMs: number
  /** false: of env only the names and sizes are shown */
  readonly showValues: boolean
}

export const baseName = (file: string): string => file.slice(file.lastIndexOf('/') + 1)

/** `hello.yaml:15:13`, as tables have it; empty without a position. */
export const place = (position: Position | null, show: Show): string =>
  position === null ? '' : `${baseName(show.display(position.file))}:${position.line}:${position.column}`
