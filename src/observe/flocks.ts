import { statSync } from 'node:fs'
import { readText } from './files.ts'

/** Who holds a file's flock(2): several shared, or one exclusively. */
export type FlockHolder = { readonly pid: number; readonly isExclusive: boolean }

/** The holders, told by /proc/locks: `1: FLOCK ADVISORY WRITE 77 00:19:1234 0 EOF`; none where that can't be read. */
export function flockHolders(procRoot: string, path: string): readonly FlockHolder[] {
  try {
    const { dev, ino } = statSync(path)
    const file = readText(`${procRoot}/locks`)
    return file.ok ? holdersIn(file.text, dev, ino) : []
  } catch {
    return []
  }
}

/** Whether anybody holds it exclusively. */
export const isFlocked = (procRoot: string, path: string): boolean =>
  flockHolders(procRoot, path).some(({ isExclusive }) => isExclusive)

export function holdersIn(locks: string, dev: number, ino: number): FlockHolder[] {
  const key = `${hexByte(major(dev))}:${hexByte(minor(dev))}:${ino}`
  return locks.split('\n').flatMap(line => {
    // one that only waits is marked by an arrow in the second place
    const [, kind, , mode, pid, file] = line.trim().split(/\s+/)
    return kind === 'FLOCK' && file === key ? [{ pid: Number(pid), isExclusive: mode === 'WRITE' }] : []
  })
}

/** glibc's makedev(3), within the 32 bits that the kernel uses. */
const major = (dev: number) => (Math.floor(dev / 256) & 0xfff) >>> 0
const minor = (dev: number) => ((dev & 0xff) | (Math.floor(dev / 4096) & 0xfff00)) >>> 0
const hexByte = (n: number) => n.toString(16).padStart(2, '0')
