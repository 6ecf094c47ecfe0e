import { statSync } from 'node:fs'
import { readText } from './files.ts'

/** Whether anybody holds an exclusive flock on a file, told by /proc/locks: `1: FLOCK ADVISORY WRITE 77 00:19:1234 0 EOF`. */
export function isFlocked(procRoot: string, path: string): boolean {
  try {
    const { dev, ino } = statSync(path)
    const file = readText(`${procRoot}/locks`)
    return file.ok && hasFlock(file.text, dev, ino)
  } catch {
    return false
  }
}

export function hasFlock(locks: string, dev: number, ino: number): boolean {
  const key = `${hexByte(major(dev))}:${hexByte(minor(dev))}:${ino}`
  return locks.split('\n').some(line => {
    const fields = line.trim().split(/\s+/)
    return fields.includes('FLOCK') && fields.includes('WRITE') && fields.includes(key)
  })
}

/** glibc's makedev(3), within the 32 bits that the kernel uses. */
const major = (dev: number) => (Math.floor(dev / 256) & 0xfff) >>> 0
const minor = (dev: number) => ((dev & 0xff) | (Math.floor(dev / 4096) & 0xfff00)) >>> 0
const hexByte = (n: number) => n.toString(16).padStart(2, '0')
