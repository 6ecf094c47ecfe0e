import { existsSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import { closeLogFiles, currentInode, openLogFiles } from './log-files.ts'
import type { LogFile } from './log-files.ts'
import { LineCutter, maxLineBytes, parseLogLine } from './log-line.ts'
import type { LogLine } from './log-line.ts'
import { watchDirectory } from './log-changes.ts'
import { tailStart } from './log-tail.ts'
import { containerPaths } from './paths.ts'
import type { DataRootPaths } from './paths.ts'

export type LogOptions = {
  /** only the last n lines; absent: all */
  readonly tail?: number
  /** only what was read at or after this time */
  readonly sinceMs?: number
  /** go on with what is written later, until the container is gone or the signal aborts */
  readonly follow: boolean
}

const chunkBytes = 256 * 1024
const pollMs = 250

/**
 * The log of a container, across its rotated files, no line lost or doubled, however often it is rotated while it is read
 * (but what a rotation deletes before it could be read is gone). Lines that are no log records are passed over.
 */
export async function* readLog(
  paths: DataRootPaths,
  id: string,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const { log } = containerPaths(paths, id)
  const changes = options.follow ? watchDirectory(dirname(log), signal) : null
  const sinceMs = options.sinceMs ?? Number.NEGATIVE_INFINITY
  const buffer = Buffer.alloc(chunkBytes)
  let files = openLogFiles(log)
  try {
    const start = options.tail === undefined ? { file: 0, offset: 0 } : tailStart(files, options.tail)
    let offset = start.offset
    closeLogFiles(files.slice(0, start.file))
    files = files.slice(start.file)
    while (!signal.aborted) {
      const file = files[0]
      if (file !== undefined) {
        const isOld = files.length > 1 && file.mtimeMs < sinceMs
        if (!isOld) offset = yield* readFrom(file, offset, sinceMs, buffer, signal)
        if (files.length > 1) {
          files = dropFirst(files)
          offset = 0
          continue
        }
      }
      if (changes === null) return
      const next = newerFiles(log, file)
      if (next === 'same') {
        await changes.next(pollMs)
        continue
      }
      // nobody writes to this file any more, but it may have grown since it was read
      if (file !== undefined) yield* readFrom(file, offset, sinceMs, buffer, signal)
      closeLogFiles(files)
      files = next === 'gone' ? [] : next
      if (next === 'gone') return
      offset = 0
    }
  } finally {
    closeLogFiles(files)
    changes?.close()
  }
}

/** Reads a file's complete lines from an offset to its end; returns the offset behind the last of them. */
async function* readFrom(
  file: LogFile,
  from: number,
  sinceMs: number,
  buffer: Buffer,
  signal: AbortSignal,
): AsyncGenerator<LogLine, number> {
  const cutter = new LineCutter()
  let position = from
  let complete = from
  while (!signal.aborted) {
    const got = readSync(file.fd, buffer, 0, buffer.length, position)
    if (got === 0) break
    const chunk = buffer.subarray(0, got)
    const lines = cutter.take(chunk)
    const newline = chunk.lastIndexOf(10)
    if (newline >= 0) complete = position + newline + 1
    position += got
    for (const line of lines) {
      const record = parseLogLine(line)
      if (record !== null && !(Date.parse(record.time) < sinceMs)) yield record
    }
  }
  return position - complete > maxLineBytes ? position : complete
}

/** What follows the file that was read to its end: nothing new, newer files (oldest first), or the end of all. */
function newerFiles(log: string, last: LogFile | undefined): LogFile[] | 'same' | 'gone' {
  const inode = currentInode(log)
  if (inode === null) return existsSync(dirname(log)) ? 'same' : 'gone'
  if (inode === last?.inode) return 'same'
  const files = openLogFiles(log)
  const known = files.findIndex(file => file.inode === last?.inode)
  closeLogFiles(files.slice(0, known + 1))
  const newer = files.slice(known + 1)
  return newer.length === 0 ? 'same' : newer
}

function dropFirst(files: readonly LogFile[]): LogFile[] {
  closeLogFiles(files.slice(0, 1))
  return files.slice(1)
}
