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
const newFile = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW

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

export type Replacement = { readonly path: string; readonly content: string; readonly mode: number }

/** Several files of one directory, which take their names in this order: the disk is waited for twice, however many there are. */
export function* replacingTogether(directory: string, files: readonly Replacement[]): DiskWork {
  const temporaries: string[] = []
  const fds: number[] = []
  try {
    for (const { path, content, mode } of files) {
      const temporary = temporaryFor(path)
      fds.push(openSync(temporary, newFile, 0o600))
      temporaries.push(temporary)
      writeWhole(fds.at(-1) ?? -1, content, mode)
    }
    yield fds
    for (const [index, { path }] of files.entries()) renameSync(temporaries[index] ?? '', path)
  } catch (error) {
    for (const temporary of temporaries) rmSync(temporary, { force: true })
    throw error
  } finally {
    for (const fd of fds) closeSync(fd)
  }
  yield* syncingDirectory(directory)
}

/** A file in a directory that nobody looks into yet: no name of its own keeps a half of it from being seen. */
export function* writingNew(path: string, content: string, mode: number): DiskWork {
  const fd = openSync(path, newFile, 0o600)
  try {
    writeWhole(fd, content, mode)
    const directory = openSync(dirname(path), O_RDONLY | O_DIRECTORY)
    try {
      yield [fd, directory]
    } finally {
      closeSync(directory)
    }
  } finally {
    closeSync(fd)
  }
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
const temporaryFor = (path: string): string =>
  join(dirname(path), `.tmp-${basename(path)}${randomBytes(6).toString('hex')}`)

function writeWhole(fd: number, content: string | Uint8Array, mode: number): void {
  writeFileSync(fd, content)
  fchmodSync(fd, mode)
}

function* writingTemporary(
  path: string,
  content: string | Uint8Array,
  mode: number,
  durable: boolean,
): DiskWork<string> {
  const temporary = temporaryFor(path)
  const fd = openSync(temporary, newFile, 0o600)
  try {
    writeWhole(fd, content, mode)
    if (durable) yield fd
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
  return temporary
}
