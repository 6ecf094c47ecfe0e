import type { DesiredSource, DesiredState, Origin } from '../model/desired.ts'

/** What a source lets us do with an object that it declared earlier and doesn't declare now. */
export type Grip =
  /** of another source, or declared by a file that this run doesn't look at */
  | 'untouched'
  /** its file can't be read as a manifest, or its source is empty or gone: what was recorded last still holds */
  | 'held'
  | 'prunable'

export function gripOn(origin: Origin | null, desired: DesiredState): Grip {
  const source = origin === null ? undefined : sourceOf(origin, desired)
  if (origin === null || source === undefined) return 'untouched'
  if (isGuarded(source)) return 'held'
  if (source.badFiles.includes(origin.file)) return 'held'
  return source.scope === 'all' || source.scope.includes(origin.file) ? 'prunable' : 'untouched'
}

const sourceOf = (origin: Origin, desired: DesiredState): DesiredSource | undefined =>
  desired.sources.find(source => source.name === origin.source)

/** An empty or vanished source prunes nothing, unless its owner says that this is meant; an unread one never does. */
export const isGuarded = ({ read, allowEmpty }: DesiredSource): boolean =>
  read === 'unread' || (read !== 'ok' && !allowEmpty)
