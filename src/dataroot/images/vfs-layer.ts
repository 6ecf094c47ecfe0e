import { existsSync, lstatSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { moveDurably, syncDirectory } from '../files/atomic.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { refuseMountPoints } from '../files/remove-tree.ts'

/** Makes `vfs/dir/<id>` appear whole, out of the `diff` of a staged directory. What is there already stays. */
export function publishVfs(at: ImagePaths, staged: string, layerId: string): void {
  const dir = join(at.trees, layerId)
  if (existsSync(dir)) return
  renameSync(join(staged, 'diff'), dir)
  syncDirectory(at.trees)
}

/** It leaves its place whole. May be repeated. */
export function retireVfs(at: ImagePaths, layerId: string): void {
  const dir = join(at.trees, layerId)
  if (lstatSync(dir, { throwIfNoEntry: false }) === undefined) return
  refuseMountPoints(dir)
  // content that an earlier removal left there is on its way out as well
  rmSync(retiredVfs(at, layerId), { recursive: true, force: true })
  moveDurably(dir, retiredVfs(at, layerId))
}

export const retiredVfs = (at: ImagePaths, layerId: string): string => join(at.removed, `vfs-${layerId}`)

export function vfsProblem(at: ImagePaths, layerId: string): string | null {
  const dir = join(at.trees, layerId)
  return lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() ? null : `${dir}: missing, or not a directory`
}
