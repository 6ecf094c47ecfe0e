import { closeSync, fchmodSync, fsyncSync, openSync, writeFileSync } from 'node:fs'

/**
 * Writes a file into a directory that nobody sees yet: it needs no temporary name, and its name comes to the disk with
 * the directory. Throws system errors.
 */
export function writeHidden(path: string, content: string, mode: number): void {
  const fd = openSync(path, 'w', mode)
  try {
    writeFileSync(fd, content)
    fchmodSync(fd, mode)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
