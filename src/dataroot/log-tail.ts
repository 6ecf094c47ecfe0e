import { fstatSync, readSync } from 'node:fs'
import type { LogFile } from './log-files.ts'
import { maxLineBytes, parseLogLine } from './log-line.ts'

/** Where reading begins: the first file (an index) and an offset in it; files after it are read from their start. */
export type LogStart = { readonly file: number; readonly offset: number }

const blockBytes = 256 * 1024

/** The place from which the last `lines` lines follow. Reads backwards, so that it costs what the tail costs. */
export function tailStart(files: readonly LogFile[], lines: number): LogStart {
  let found = 0
  let isLast = true
  for (let index = files.length - 1; index >= 0; index--) {
    const file = files[index] as LogFile
    for (const { text, end } of linesBackwards(file.fd)) {
      const record = parseLogLine(text)
      if (record === null) continue
      // a record without newline belongs to the line of the records after it, unless it is the very last
      if (isLast || record.text.endsWith('\n')) {
        if (found === lines) return { file: index, offset: end }
        found++
      }
      isLast = false
    }
  }
  return { file: 0, offset: 0 }
}

/** Complete lines of a file, last first, each with the offset behind its newline. */
function* linesBackwards(fd: number): Generator<{ text: string; end: number }> {
  let position = fstatSync(fd).size
  let rest = Buffer.alloc(0)
  let isTail = true
  while (position > 0) {
    const length = Math.min(blockBytes, position)
    position -= length
    const block = Buffer.concat([readAt(fd, position, length), rest])
    let end = block.length
    for (let at = block.lastIndexOf(10, end - 1); at >= 0 && end > 0; at = block.lastIndexOf(10, end - 1)) {
      if (at < end - 1 && !isTail) yield { text: block.toString('utf8', at + 1, end), end: position + end + 1 }
      isTail = false
      end = at
      if (end === 0) break
    }
    rest = block.subarray(0, Math.min(end, maxLineBytes))
  }
  if (!isTail && rest.length > 0) yield { text: rest.toString(), end: rest.length + 1 }
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const got = readSync(fd, buffer, filled, length - filled, position + filled)
    if (got === 0) break
    filled += got
  }
  return buffer.subarray(0, filled)
}
