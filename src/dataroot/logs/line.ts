/** One record of a log. A line longer than 16 KiB comes in pieces, of which only the last ends in a newline. */
export type LogLine = {
  readonly text: string
  readonly stream: 'stdout' | 'stderr'
  /** RFC 3339 in UTC, up to nanoseconds */
  readonly time: string
}

/** A record of 16 KiB, each byte escaped in six, and room for attributes. Longer ones are no log records. */
export const maxLineBytes = 1024 * 1024

/** The record in one line of a json-file log, null when it is none: torn by a crash, or not ours. */
export function parseLogLine(line: string): LogLine | null {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return null
    const { log = '', stream, time } = value as Record<string, unknown>
    if (typeof log !== 'string' || typeof time !== 'string' || (stream !== 'stdout' && stream !== 'stderr')) return null
    return { text: log, stream, time }
  } catch {
    return null
  }
}

/** Cuts a stream of bytes into lines; holds back what has no newline yet, drops what is too long. */
export class LineCutter {
  #pieces: Buffer[] = []
  #bytes = 0

  /** The lines that `chunk` completes. The chunk's memory may be used again afterwards. */
  take(chunk: Buffer): string[] {
    const lines: string[] = []
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const tooLong = this.#bytes + at - from > maxLineBytes
      if (!tooLong) lines.push(this.#joined(chunk.subarray(from, at)))
      this.#clear()
      from = at + 1
    }
    this.#hold(chunk.subarray(from))
    return lines
  }

  #joined(end: Buffer): string {
    return this.#pieces.length === 0 ? end.toString() : Buffer.concat([...this.#pieces, end]).toString()
  }

  #hold(rest: Buffer): void {
    this.#bytes += rest.length
    if (this.#bytes > maxLineBytes) this.#pieces = []
    else if (rest.length > 0) this.#pieces.push(Buffer.from(rest))
  }

  #clear(): void {
    this.#pieces = []
    this.#bytes = 0
  }
}
