import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { known, unknown } from '../../model/errors.ts'
import type { Known } from '../../model/errors.ts'
import { errnoOf } from '../files/io.ts'

/** A file's bytes: not through a symbolic link, only a regular file, only up to a limit; `known(null)`: there is none. */
export function readBytes(path: string, mostBytes: number): Known<Buffer | null> {
  let fd: number | null = null
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stat = fstatSync(fd)
    if (!stat.isFile()) return unknown(`${path}: not a regular file`)
    if (stat.size > mostBytes) return unknown(`${path}: ${stat.size} bytes, more than the ${mostBytes} that are read`)
    return known(readFileSync(fd))
  } catch (error) {
    const code = errnoOf(error)
    if (code === null) throw error
    return code === 'ENOENT' ? known(null) : unknown(`${path}: can't be read (${code})`)
  } finally {
    if (fd !== null) closeSync(fd)
  }
}

/** A small file's text as it stands, without anything trimmed. */
export function readSmallText(path: string): Known<string | null> {
  const bytes = readBytes(path, 16 * 1024)
  return bytes.known ? known(bytes.value?.toString() ?? null) : bytes
}
