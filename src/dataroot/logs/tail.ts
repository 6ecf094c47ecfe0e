import { fstatSync, readSync } from 'node:fs'
import type { LogFile } from './files.ts'
import { maxLineBytes, parseLogLine } from './line.ts'

/** Where reading begins: the first file (an index) and an offset in it; files after it are read from their start. */
export type LogStart = { readonly file: number; readonly offset: number }

const blockBytes = 256 * 1024

/**
 * The place from which the last `lines` lines follow. Reads backwards, so that it costs what the tail costs. `end`: of what counts in
 * the last file; null: all of it.
 */
export function tailStart(files: readonly LogFile[], lines: number, end: number | null): LogStart {
  let found = 0
  let isLast = true
  for (let index = files.length - 1; index >= 0; index--) {
    const file = files[index] as LogFile
    const size = index === files.length - 1 && end !== null ? end : fstatSync(file.fd).size
    for (const { text, behind } of linesBackwards(file.fd, size)) {
      const record = parseLogLine(text)
      if (record === null) continue
      // a record without newline belongs to the line of the records after it, unless it is the very last
      if (isLast || record.text.endsWith('\n')) {
        if (found === lines) return { file: index, offset: behind }
        found++
      }
      isLast = false
    }
  }
  return { file: 0, offset: 0 }
}

/** Complete lines of a file, last first, each with the offset behind its newline; what follows the last newline is none. */
function* linesBackwards(fd: number, size: number): Generator<{ text: string; behind: number }> {
  let position = size
  let newline: number | null = null
  let carry = Buffer.alloc(0)
  while (position > 0) {
    const length = Math.min(blockBytes, position)
    position -= length
    const block = readAt(fd, position, length)
    let to = block.length
    for (let at = lastNewline(block, to); at >= 0; at = lastNewline(block, at)) {
      const text = Buffer.concat([block.subarray(at + 1, to), carry]).toString()
      if (newline !== null) yield { text, behind: newline + 1 }
      carry = Buffer.alloc(0)
      newline = position + at
      to = at
    }
    // a line that is too long is no record, whatever is left of it
    carry = Buffer.concat([block.subarray(0, to), carry]).subarray(0, maxLineBytes)
  }
  if (newline !== null) yield { text: carry.toString(), behind: newline + 1 }
}

const lastNewline = (block: Buffer, before: number) => (before === 0 ? -1 : block.lastIndexOf(10, before - 1))

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
