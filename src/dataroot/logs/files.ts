import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync } from 'node:fs'
import { dirname, basename, join } from 'node:path'
import { errnoOf, ifPresent } from '../files/io.ts'

/** An open file of a container's log. The descriptor keeps naming it when a rotation renames it. */
export type LogFile = { readonly fd: number; readonly inode: bigint }

const openTries = 20

/**
 * Opens a container's log files, oldest first, as one unbroken sequence: starts over when a rotation happens meanwhile.
 * The caller closes all of them.
 */
export function openLogFiles(log: string): LogFile[] {
  for (let tries = 1; ; tries++) {
    const files = openOnce(log)
    const current = ifPresent(() => lstatSync(log, { bigint: true }))
    if (tries === openTries || current === null || current.ino === files.at(-1)?.inode) return files
    closeLogFiles(files)
  }
}

export function closeLogFiles(files: readonly LogFile[]): void {
  for (const file of files) closeSync(file.fd)
}

/** The inode that the log's name stands for now; null between the two halves of a rotation, or when all is gone. */
export const currentInode = (log: string): bigint | null =>
  lstatSync(log, { bigint: true, throwIfNoEntry: false })?.ino ?? null

function openOnce(log: string): LogFile[] {
  const files: LogFile[] = []
  const seen = new Set<bigint>()
  // newest first: what a rotation moves meanwhile is met again under its next number, and passed over
  for (const path of [log, ...rotatedNames(log)]) {
    const file = openLogFile(path)
    if (file === null) continue
    if (seen.has(file.inode)) closeSync(file.fd)
    else files.unshift(file)
    seen.add(file.inode)
  }
  return files
}

function rotatedNames(log: string): string[] {
  const directory = dirname(log)
  const prefix = `${basename(log)}.`
  return (ifPresent(() => readdirSync(directory)) ?? [])
    .flatMap(name => (name.startsWith(prefix) && /^\d{1,6}$/.test(name.slice(prefix.length)) ? [name] : []))
    .sort((a, b) => Number(a.slice(prefix.length)) - Number(b.slice(prefix.length)))
    .map(name => join(directory, name))
}

function openLogFile(path: string): LogFile | null {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stat = fstatSync(fd, { bigint: true })
    if (stat.isFile()) return { fd, inode: stat.ino }
    closeSync(fd)
    return null
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ELOOP') return null
    throw error
  }
}
