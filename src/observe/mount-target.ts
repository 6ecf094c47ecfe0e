import { readlinkSync } from 'node:fs'
import { bytesOf, type MountTable, wayTo } from './mount-table.ts'

const mostLinks = 40
/** These answer at once; what stands on others is left as it is declared. */
const local: readonly string[] = ['overlay', 'ext4', 'ext3', 'xfs', 'btrfs', 'tmpfs', 'f2fs', 'zfs']

/**
 * Where a target lies when the container's own links are followed, as its start did; `root`: /proc/<pid>/root. The answer
 * is only compared, so a container that changes its links meanwhile fools no one but itself.
 */
export function targetInside(table: MountTable, root: string, target: string): string {
  if (wayTo(table, target).at(-1)?.point === bytesOf(target)) return target
  let done = ''
  let links = 0
  const left = target.split('/').filter(part => part !== '')
  for (let part = left.shift(); part !== undefined; part = left.shift()) {
    if (part === '.') continue
    if (part === '..') {
      done = done.slice(0, Math.max(0, done.lastIndexOf('/')))
      continue
    }
    const next = `${done}/${part}`
    const link = linkAt(table, root, next)
    if (link === null) {
      done = next
      continue
    }
    if (++links > mostLinks) return target
    if (link.startsWith('/')) done = ''
    left.unshift(...link.split('/').filter(each => each !== ''))
  }
  return done === '' ? '/' : done
}

function linkAt(table: MountTable, root: string, path: string): string | null {
  if (!local.includes(wayTo(table, path).at(-1)?.type ?? '')) return null
  try {
    return readlinkSync(`${root}${path}`)
  } catch {
    return null
  }
}
