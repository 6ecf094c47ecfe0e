import { chmodSync, chownSync, closeSync, lstatSync, mkdirSync, openSync, symlinkSync, utimesSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { dirname, join } from 'node:path'

const content: readonly (readonly [string, 'directory' | 'file' | 'link'])[] = [
  ['dev/pts', 'directory'],
  ['dev/shm', 'directory'],
  ['proc', 'directory'],
  ['sys', 'directory'],
  ['.dockerenv', 'file'],
  ['etc/resolv.conf', 'file'],
  ['etc/hosts', 'file'],
  ['etc/hostname', 'file'],
  ['dev/console', 'file'],
  ['etc/mtab', 'link'],
]

/**
 * Fills the empty `diff` of a container's init layer with the targets of what is mounted later (docker-data-root §4).
 * Directories of the image keep mode, owner and times; files and links of the image in their place are hidden, as an
 * engine does. `lowers`: the image's layers, topmost first; they don't change.
 */
export function fillInitLayer(diff: string, lowers: readonly string[]): void {
  const copied: (readonly [string, Stats])[] = []
  for (const [path, kind] of content) {
    const directory = kind === 'directory' ? path : dirname(path)
    for (const part of prefixes(directory)) {
      const stats = makePart(join(diff, part), shown(lowers, part))
      if (stats !== null) copied.push([join(diff, part), stats])
    }
    if (kind === 'directory' || shown(lowers, path)?.isDirectory() === true) continue
    if (kind === 'link') symlinkSync('/proc/mounts', join(diff, path))
    else {
      closeSync(openSync(join(diff, path), 'wx', 0o755))
      chmodSync(join(diff, path), 0o755)
    }
  }
  for (const [path, stats] of copied) utimesSync(path, stats.atime, stats.mtime)
}

const prefixes = (path: string): string[] =>
  path === '.' ? [] : path.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'))

function makePart(path: string, image: Stats | null): Stats | null {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return null
  mkdirSync(path)
  if (!image?.isDirectory()) {
    chmodSync(path, 0o755)
    return null
  }
  chownSync(path, image.uid, image.gid)
  chmodSync(path, image.mode & 0o7777)
  return image
}

/**
 * What the image shows at a path; no link is followed. Opaque directories aren't told from others, so what one hides
 * may be taken for shown: that changes no more than the mode of a directory that is made anyway.
 */
function shown(lowers: readonly string[], path: string): Stats | null {
  for (const lower of lowers) {
    for (const part of prefixes(path)) {
      const stats = lstatSync(join(lower, part), { throwIfNoEntry: false })
      if (stats === undefined) break
      if (part === path) return isWhiteout(stats) ? null : stats
      if (!stats.isDirectory()) return null
    }
  }
  return null
}

const isWhiteout = (stats: Stats) => stats.isCharacterDevice() && stats.rdev === 0
