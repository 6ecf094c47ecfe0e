import { rateNames } from '../model/blkio.ts'
import type { DesiredContainer } from '../model/desired.ts'
import type { Position } from '../model/identity.ts'
import type { LimitField } from '../model/limits.ts'
import { limitNames } from '../model/limits.ts'
import { placeOf } from './draft.ts'

/** The place of the first of these paths that the manifest has, else of what encloses the first, else of the name. */
export function positionOf(container: DesiredContainer, paths: readonly string[]): Position {
  const written = paths.find(path => Object.hasOwn(container.positions, path)) ?? enclosing(container, paths[0] ?? '')
  const position = written === undefined ? undefined : container.positions[written]
  return placeOf(position ?? container.origin)
}

function enclosing(container: DesiredContainer, path: string): string | undefined {
  const parts = path.split('.')
  const parents = parts.map((_, index) => parts.slice(0, parts.length - index).join('.'))
  return parents.find(parent => parent !== 'spec' && Object.hasOwn(container.positions, parent))
}

/** Where a limit may stand: some have two spellings, and swap follows from memory when it isn't written. */
export const limitPaths = (field: LimitField): string[] => [
  `spec.limits.${limitNames[field]}`,
  ...(field === 'cpuQuotaUs' || field === 'cpuPeriodUs' ? ['spec.limits.cpus'] : []),
  ...(field === 'memorySwapBytes' ? ['spec.limits.memory'] : []),
  ...(field in rateNames ? ['spec.limits.blkio'] : []),
]
