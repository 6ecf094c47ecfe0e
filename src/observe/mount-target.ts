import { type Way, wayOf } from './foreign-mounts.ts'
import { bytesOf, type MountTable, wayTo } from './mount-table.ts'

/**
 * Where a target lies when the container's own links are followed, as its start did; `root`: /proc/<pid>/root, `foreign`: where
 * something may never answer below it. The answer is only compared, so a container that changes its links meanwhile fools
 * no one but itself.
 */
export function targetInside(table: MountTable, foreign: readonly string[], root: string, target: string): Way {
  if (wayTo(table, target).at(-1)?.point === bytesOf(target)) return { path: target, foreign: null }
  return wayOf(foreign, root, target)
}
