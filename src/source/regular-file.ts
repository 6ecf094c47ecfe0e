import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, type Stats, statSync } from 'node:fs'
import { fail, ok, type Result } from '../model/errors.ts'

/**
 * The bytes of a regular file, or why not, without its path: `no such file (ENOENT)`. Symbolic links are followed, but
 * not out of `within` (a real path); a FIFO or a device is not even opened, so nothing here can block or wake a driver.
 */
export function readRegularFile(path: string, maxBytes: number, within = '/'): Result<Uint8Array, string> {
  let fd: number | null = null
  try {
    const before = kindFault(statSync(path))
    if (before !== null) return fail(before)
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    const stats = fstatSync(fd)
    const fault = kindFault(stats) ?? placeFault(fd, within) ?? sizeFault(stats.size, maxBytes)
    return fault === null ? readAll(fd, maxBytes) : fail(fault)
  } catch (error) {
    return fail(errnoText(error))
  } finally {
    if (fd !== null) closeSync(fd)
  }
}

/** The size of a file that is being written is no promise: reads until its end, at most one byte over the bound. */
function readAll(fd: number, maxBytes: number): Result<Uint8Array, string> {
  const buffer = Buffer.allocUnsafe(64 * 1024)
  const chunks: Buffer[] = []
  let total = 0
  while (total <= maxBytes) {
    const count = readSync(fd, buffer)
    if (count === 0) return ok(Buffer.concat(chunks, total))
    chunks.push(Buffer.from(buffer.subarray(0, count)))
    total += count
  }
  return fail(sizeFault(total, maxBytes) ?? 'too large')
}

function kindFault(stats: Stats): string | null {
  if (stats.isFile()) return null
  const kind = stats.isDirectory()
    ? 'a directory'
    : stats.isFIFO()
      ? 'a FIFO'
      : stats.isSocket()
        ? 'a socket'
        : 'a device'
  return `${kind}, not a regular file`
}

/** Asks what was opened, not its name: a link may have changed since. */
function placeFault(fd: number, within: string): string | null {
  if (within === '/') return null
  const opened = readlinkSync(`/proc/self/fd/${fd}`)
  return opened.startsWith(`${within}/`)
    ? null
    : `a link to ${opened}, out of the directory; put the file here, or name it in the command`
}

const sizeFault = (bytes: number, maxBytes: number): string | null =>
  bytes <= maxBytes ? null : `larger than ${maxBytes / 1024 / 1024} MiB (${bytes} bytes)`

const words: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'a part of its path is not a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its symbolic links go round in a circle',
  EISDIR: 'a directory, not a regular file',
  EIO: "the disk can't read it",
}

export function errnoText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return `${words[code] ?? message} (${code})`
}
