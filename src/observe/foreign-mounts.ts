import { readlinkSync } from 'node:fs'
import { bytesOf, covers, unescape } from './mount-table.ts'

/** These answer at once, or this whole host doesn't. What stands on any other may never answer. */
const local: ReadonlySet<string> = new Set(
  `bcachefs bpf btrfs cgroup cgroup2 debugfs devpts devtmpfs efivarfs erofs exfat ext2 ext3 ext4 f2fs fusectl hugetlbfs iso9660 jfs
mqueue nsfs ntfs3 overlay proc pstore ramfs rootfs securityfs squashfs sysfs tmpfs tracefs udf vfat xfs zfs`.split(
    /\s+/,
  ),
)

/** Where a mountinfo says that other than local file systems are mounted. A host whose root is one can't do without it. */
export function foreignPoints(mountinfo: string): readonly string[] {
  const points = new Set<string>()
  for (const [, point = '', type = ''] of mountinfo.matchAll(/^(?:\S+ ){4}(\S+) [^\n]*? - (\S+) /gm))
    if (!local.has(type) && point !== '/') points.add(unescape(point))
  return [...points]
}

const mostLinks = 40

export type Way = {
  /** the path with its links followed, as far as that could be done without asking a foreign mount */
  readonly path: string
  /** the mount point of the first foreign mount on the way; null: there is none */
  readonly foreign: string | null
}

/** Follows the links of an absolute path below `root` (empty: the host's own), and stops where a foreign mount would be asked. */
export function wayOf(points: readonly string[], root: string, path: string): Way {
  let done = ''
  let links = 0
  const left = path.split('/').filter(part => part !== '')
  for (let part = left.shift(); part !== undefined; part = left.shift()) {
    if (part === '.') continue
    if (part === '..') {
      done = done.slice(0, Math.max(0, done.lastIndexOf('/')))
      continue
    }
    const next = `${done}/${part}`
    const foreign = points.find(point => covers(point, bytesOf(next)))
    if (foreign !== undefined) return { path: [next, ...left].join('/'), foreign }
    const link = linkAt(`${root}${next}`)
    if (link === null) {
      done = next
      continue
    }
    if (++links > mostLinks) return { path, foreign: null }
    if (link.startsWith('/')) done = ''
    left.unshift(...link.split('/').filter(each => each !== ''))
  }
  return { path: done === '' ? '/' : done, foreign: null }
}

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
