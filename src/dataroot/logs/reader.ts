import { existsSync, fstatSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import { closeLogFiles, currentInode, openLogFiles } from './files.ts'
import type { LogFile } from './files.ts'
import { LineCutter, parseLogLine } from './line.ts'
import type { LogLine } from './line.ts'
import { tailStart } from './tail.ts'

const chunkBytes = 256 * 1024
/** A file's time of change comes from a coarser clock than the times in it. */
const clockSlackMs = 1000

/** Where reading stands: open files, oldest first, of which all but the last are complete, and a place in the first. */
export class LogReader {
  readonly #log: string
  readonly #sinceMs: number
  readonly #buffer = Buffer.alloc(chunkBytes)
  #files: readonly LogFile[]
  /** of the last file that is read; null: whatever is written later is read, too */
  readonly #end: number | null
  #position: number
  #cutter = new LineCutter()
  #containerGone = false
  #ended = false

  /** Without `follow` it ends with what is there now. */
  constructor(log: string, options: { readonly tail?: number; readonly sinceMs?: number; readonly follow: boolean }) {
    this.#log = log
    this.#sinceMs = options.sinceMs ?? Number.NEGATIVE_INFINITY
    this.#files = openLogFiles(log)
    const last = this.#files.at(-1)
    this.#end = options.follow ? null : last === undefined ? 0 : fstatSync(last.fd).size
    while (this.#files.length > 1 && lastChangeMs(this.#files[0]) + clockSlackMs < this.#sinceMs) this.#dropFirst()
    const start = options.tail === undefined ? { file: 0, offset: 0 } : tailStart(this.#files, options.tail, this.#end)
    for (let n = 0; n < start.file; n++) this.#dropFirst()
    this.#position = start.offset
  }

  /** Everything was read, and nothing can follow: the container is gone. */
  get ended(): boolean {
    return this.#ended
  }

  /** The next records, of a chunk of the log perhaps none; null when there is nothing more now. */
  next(): readonly LogLine[] | null {
    while (!this.#ended) {
      const file = this.#files[0]
      const records = file === undefined ? null : this.#readChunk(file)
      if (records !== null) return records
      if (this.#files.length > 1) this.#dropFirst()
      else if (!this.#lookForMore(file)) return null
    }
    return null
  }

  close(): void {
    closeLogFiles(this.#files)
    this.#files = []
  }

  #readChunk(file: LogFile): LogLine[] | null {
    const isLast = this.#files.length === 1
    const left = isLast && this.#end !== null ? this.#end - this.#position : chunkBytes
    const bytes = readSync(file.fd, this.#buffer, 0, Math.max(0, Math.min(left, chunkBytes)), this.#position)
    if (bytes === 0) return null
    this.#position += bytes
    return this.#cutter.take(this.#buffer.subarray(0, bytes)).flatMap(line => {
      const record = parseLogLine(line)
      if (record === null) return []
      return this.#sinceMs > 0 && Date.parse(record.time) < this.#sinceMs ? [] : [record]
    })
  }

  #dropFirst(): void {
    closeLogFiles(this.#files.slice(0, 1))
    this.#files = this.#files.slice(1)
    this.#position = 0
    this.#cutter = new LineCutter()
  }

  /** True when reading on is worth it. The last file stays first: it may have grown before its writer left it. */
  #lookForMore(last: LogFile | undefined): boolean {
    if (this.#end !== null) return false
    const inode = currentInode(this.#log)
    if (inode === null) {
      if (existsSync(dirname(this.#log))) return false
      this.#ended = this.#containerGone
      this.#containerGone = true
      return true
    }
    if (inode === last?.inode) return false
    const files = openLogFiles(this.#log)
    const known = files.findIndex(file => file.inode === last?.inode)
    closeLogFiles(files.slice(0, known + 1))
    this.#files = [...this.#files, ...files.slice(known + 1)]
    return this.#files.length > (last === undefined ? 0 : 1)
  }
}

const lastChangeMs = (file: LogFile | undefined) => (file === undefined ? 0 : fstatSync(file.fd).mtimeMs)
