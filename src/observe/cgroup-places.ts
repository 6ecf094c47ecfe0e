import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CgroupMounts } from './cgroup-mounts.ts'

type Tree = Pick<CgroupMounts, 'isSystemds' | 'unified'>

/** A scope of systemd's, which holds all containers and shims of a data-root and is theirs to divide. */
export type Scope = {
  readonly unit: string
  readonly slice: string
  /** absolute */
  readonly shims: string
}

const slice = 'reconcile.slice'
const unitOf = (rootId: string) => `reconcile-${rootId}.scope`

/**
 * This data-root's parent cgroup, below every hierarchy: at the top, and where systemd owns the tree in a scope that it
 * delegates. One at the top that is there already stays in use till it is empty.
 */
export function parentCgroup(tree: Tree, rootId: string): string {
  const name = `reconcile-${rootId}`
  return isInScope(tree, name) ? join(slice, unitOf(rootId), name) : name
}

export const containerCgroup = (tree: Tree, rootId: string, containerId: string): string =>
  `${parentCgroup(tree, rootId)}/${containerId}`

/** null: nothing is asked of systemd. */
export function scopeOf(tree: Tree, rootId: string): Scope | null {
  if (tree.unified === null || !isInScope(tree, `reconcile-${rootId}`)) return null
  const unit = unitOf(rootId)
  return { unit, slice, shims: join(tree.unified, slice, unit, 'shims') }
}

const isInScope = ({ isSystemds, unified }: Tree, name: string): boolean =>
  isSystemds && unified !== null && !existsSync(join(unified, name))
