import type { DesiredState } from '../model/desired.ts'
import { type Context, type Refused, refused } from './context.ts'
import type { Manifests, Reading } from './desired.ts'

/** Directories that aren't there: a mistyped name must not look like success. Null: all are, or it is on purpose. */
function missingSources(manifests: Manifests, { sources }: DesiredState): Refused | null {
  const missing = sources.filter(source => source.read === 'vanished' && !source.allowEmpty).map(({ name }) => name)
  const lines = manifests.sources
    .filter(source => source.kind === 'directory' && missing.includes(source.name))
    .map(({ describe }) => `${describe}: no such directory; name one, or say --allow-empty if it is gone on purpose`)
  return lines.length === 0 ? null : refused(lines.join('\n'))
}

/** The exit code of a command that was over well, or of the missing directories, which are said. */
export function sayMissing({ screen }: Context, manifests: Manifests, reading: Reading, code: number): number {
  const missing = missingSources(manifests, reading.desired)
  if (missing === null) return code
  screen.err(missing.message)
  return code === 0 || code === 2 ? missing.exit : code
}

/** Nothing could be read at all: no answer would mean anything. */
export const isAllMissing = (manifests: Manifests, { desired, files }: Reading): boolean =>
  files === 0 && desired.problems.length === 0 && missingSources(manifests, desired) !== null
