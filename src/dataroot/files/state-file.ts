import { closeSync, constants, fstatSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { getSystemErrorMessage } from 'node:util'
import { known, unknown } from '../../model/errors.ts'
import type { Known } from '../../model/errors.ts'
import { syncDirectory } from './atomic.ts'
import { errnoOf, readFrom } from './io.ts'
import type { Shape } from './shape.ts'

const maxStateBytes = 8 * 1024 * 1024
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/**
 * Reads a state file that may be damaged or planted: not through a symbolic link, only a regular file, only up to a
 * limit, only of the given shape. `known(null)`: there is none. `complete` adds what an earlier program left out.
 */
export function readStateFile<T>(
  path: string,
  shape: Shape<T>,
  complete: (value: unknown) => unknown = value => value,
): Known<T | null> {
  const text = readStateText(path)
  return !text.known || text.value === null ? (text as Known<null>) : parseState(path, text.value, shape, complete)
}

/** The same for a text that was read already; `path` names it in complaints. */
export function parseState<T>(
  path: string,
  text: string,
  shape: Shape<T>,
  complete: (value: unknown) => unknown = value => value,
): Known<T> {
  if (text.trim() === '') return unknown(`${path}: empty`)
  let value: unknown
  try {
    value = complete(JSON.parse(text))
  } catch {
    return unknown(`${path}: not JSON, or cut off`)
  }
  const problem = shape(value, '')
  return problem === null ? known(value as T) : unknown(`${path}: ${problem}`)
}

/** The text of a state file, with the same care; `known(null)`: there is none. */
export function readStateText(
  path: string,
  maxBytes = maxStateBytes,
  links: 'follow' | 'refuse' = 'refuse',
): Known<string | null> {
  let fd: number
  try {
    fd = openSync(path, links === 'follow' ? openFlags : openFlags | constants.O_NOFOLLOW)
  } catch (error) {
    const code = errnoOf(error)
    if (code === null) throw error
    if (code === 'ENOENT') return known(null)
    if (code === 'ELOOP') return unknown(`${path}: a symbolic link, not a file`)
    return unreadable(path, error, code)
  }
  try {
    return readRegular(fd, path, maxBytes)
  } catch (error) {
    return unreadable(path, error, errnoOf(error) ?? 'unknown error')
  } finally {
    closeSync(fd)
  }
}

const unreadable = (path: string, error: unknown, errno: string): Known<never> => ({
  known: false,
  why: `${path}: ${systemMessage(error)} (${errno})`,
  errno,
})

/** Errors of a read that say nothing of the file: the next one may find it whole. */
const passing: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'EINTR', 'EAGAIN']
export const isPassing = (errno: string | undefined): boolean => errno !== undefined && passing.includes(errno)

function readRegular(fd: number, path: string, maxBytes: number): Known<string> {
  const stat = fstatSync(fd)
  if (!stat.isFile()) return unknown(`${path}: not a regular file`)
  if (stat.size > maxBytes) return unknown(`${path}: ${stat.size} bytes, more than the ${maxBytes} that are read`)
  // /proc says size 0; state files grow at most by one replacement, which this descriptor doesn't see
  return known(readFrom(fd, stat.size).toString('utf8'))
}

/** Moves what can't be read out of the way without dropping it; gives its new path. Throws system errors. */
export function putAside(path: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')
  const aside = `${path}.unreadable-${time}`
  renameSync(path, aside)
  syncDirectory(dirname(path))
  return aside
}

const systemMessage = (error: unknown) => {
  const errno = (error as NodeJS.ErrnoException).errno
  return errno === undefined ? String(error) : getSystemErrorMessage(errno)
}
