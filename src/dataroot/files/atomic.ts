import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type DiskWork, runAtOnce } from './disk-work.ts'
import { errnoOf } from './io.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY, O_DIRECTORY, O_RDONLY } = constants

/**
 * Replaces a file as a whole: after a crash the old or the new content is there, never a mixture. Throws system errors.
 * `durable: false` leaves out the fsyncs: for what can be made again.
 */
export const replaceFile = (path: string, content: string | Uint8Array, mode: number, durable = true): void =>
  runAtOnce(replacing(path, content, mode, durable))

/** The same as a part of longer work. */
export function* replacing(path: string, content: string | Uint8Array, mode: number, durable = true): DiskWork {
  const temporary = yield* writingTemporary(path, content, mode, durable)
  try {
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  if (durable) yield* syncingDirectory(dirname(path))
}

/** Makes a file that must not exist yet, whole or not at all; false if there is one already, or somebody was in the way. */
export function createFile(path: string, content: string, mode: number): boolean {
  const temporary = runAtOnce(writingTemporary(path, content, mode, true))
  try {
    linkSync(temporary, path)
  } catch (error) {
    // no temporary file any more: another process, whose pass tidied up, took it for a killed one's
    if (errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOENT') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
  syncDirectory(dirname(path))
  return true
}

/** Makes names in a directory (created, renamed, removed ones) survive a crash. */
export const syncDirectory = (path: string): void => runAtOnce(syncingDirectory(path))

export function* syncingDirectory(path: string): DiskWork {
  const fd = openSync(path, O_RDONLY | O_DIRECTORY)
  try {
    yield fd
  } finally {
    closeSync(fd)
  }
}

/**
 * Takes something that is to go out of its place, so that a crash shows one name or the other. Where the data-root lies on
 * an overlay, a directory of its lower layers can't be renamed (EXDEV): it is removed right there.
 */
export function moveDurably(from: string, to: string): void {
  if (renamed(from, to)) syncDirectory(dirname(to))
  else rmSync(from, { recursive: true, force: true })
  syncDirectory(dirname(from))
}

function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EXDEV') return false
    throw error
  }
}

/** Makes a directory with exactly this mode, whatever the umask; an existing one is left as it is. */
export function makeDirectory(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && lstatSync(path).isDirectory()) return
    throw error
  }
  chmodSync(path, mode)
}

/** The name that Docker's engine uses too; leftovers of a crash are ignored by everybody. */
function* writingTemporary(
  path: string,
  content: string | Uint8Array,
  mode: number,
  durable: boolean,
): DiskWork<string> {
  const temporary = join(dirname(path), `.tmp-${basename(path)}${randomBytes(6).toString('hex')}`)
  const fd = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    writeFileSync(fd, content)
    fchmodSync(fd, mode)
    if (durable) yield fd
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
  return temporary
}
