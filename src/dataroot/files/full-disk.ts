import { statfsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** What to do about a write that found no room, as the end of its message; empty for any other error. */
export function roomText(errno: string, path: string): string {
  if (errno !== 'ENOSPC' && errno !== 'EDQUOT') return ''
  const at = fileSystemOf(path)
  if (at === null) return ''
  if (errno === 'EDQUOT') return `; the quota on the file system at ${at} is used up`
  const { blocks, files, ffree } = statfsSync(at)
  // one of the kernel's own has no room to lack, and means something else by the number
  if (blocks === 0) return ''
  const hasNoInode = files > 0 && ffree === 0
  return `; the file system at ${at} ${hasNoInode ? 'has no inode left: remove files there' : 'is full: make room there'}`
}

/** The mount point of what holds the path, or would hold it; null: that can't be told. */
function fileSystemOf(path: string): string | null {
  let at = resolve(path)
  while (deviceOf(at) === null && at !== '/') at = dirname(at)
  const device = deviceOf(at)
  while (at !== '/' && deviceOf(dirname(at)) === device) at = dirname(at)
  return device === null ? null : at
}

function deviceOf(path: string): number | null {
  try {
    return statSync(path).dev
  } catch {
    return null
  }
}
