import { lstatSync, opendirSync, readFileSync, renameSync, rmdirSync, rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { errnoOf, ifPresent } from './io.ts'

const entriesPerTurn = 500

/**
 * Removes a tree whose content is hostile: symbolic links are unlinked, never followed, and however deep it is, no path
 * longer than two levels below `top` is used (directories are moved up before they are emptied). Lets other work run in
 * between, and of others who remove the same. Throws system errors; a mount point below `top` is EBUSY and nothing is removed.
 */
export async function removeTree(top: string): Promise<void> {
  const stat = lstatSync(top, { throwIfNoEntry: false })
  if (stat === undefined) return
  if (!stat.isDirectory()) return unlinkSync(top)
  refuseMountPoints(top)
  const pace = { left: entriesPerTurn }
  let fresh = 0
  for (let names = await firstNames(top, pace); names.length > 0; names = await firstNames(top, pace)) {
    for (const name of names) {
      const path = join(top, name)
      if (unlinkUnlessDirectory(path)) continue
      for (let inner = await firstNames(path, pace); inner.length > 0; inner = await firstNames(path, pace)) {
        for (const child of inner) {
          const below = join(path, child)
          if (!unlinkUnlessDirectory(below)) fresh = moveUp(below, top, fresh)
        }
      }
      ifPresent(() => rmdirSync(path))
    }
  }
  ifPresent(() => rmdirSync(top))
}

/** Throws EBUSY when something is mounted at or below a path in our mount namespace: its content is not ours. */
export function refuseMountPoints(top: string, mountinfo = '/proc/self/mountinfo'): void {
  for (const line of readFileSync(mountinfo, 'utf8').split('\n')) {
    const field = line.split(' ')[4]
    const target = field?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    if (target === undefined || !(target === top || target.startsWith(`${top}/`))) continue
    throw Object.assign(new Error(`mounted at ${target}`), {
      code: 'EBUSY',
      errno: -16,
      syscall: 'rmdir',
      path: target,
    })
  }
}

async function firstNames(path: string, pace: { left: number }): Promise<string[]> {
  if (pace.left <= 0) {
    await setImmediate()
    pace.left = entriesPerTurn
  }
  const names: string[] = []
  const directory = ifPresent(() => opendirSync(path, { bufferSize: 256 }))
  if (directory === null) return names
  try {
    for (let entry = directory.readSync(); entry !== null && names.length < 256; entry = directory.readSync()) {
      names.push(entry.name)
    }
  } finally {
    directory.closeSync()
  }
  pace.left -= names.length + 1
  return names
}

/** True when the entry is gone; false for a real directory. unlink(2) never follows a link. */
function unlinkUnlessDirectory(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'ENOENT') return true
    if (code === 'EISDIR' || (code === 'EPERM' && lstatSync(path).isDirectory())) return false
    throw error
  }
}

function moveUp(from: string, top: string, fresh: number): number {
  for (let n = fresh; ; n++) {
    try {
      renameSync(from, join(top, `.moved-${n}`))
      return n + 1
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return n
      // a directory of a lower layer, where the tree lies on an overlay: none that a container has made deep
      if (errnoOf(error) === 'EXDEV') {
        rmSync(from, { recursive: true, force: true })
        return fresh
      }
      // the container may have made a directory of that name
      if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'ENOTDIR' && errnoOf(error) !== 'EEXIST') throw error
    }
  }
}
