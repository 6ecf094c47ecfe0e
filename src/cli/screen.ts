type Stream = NodeJS.WriteStream

/** The two streams that people and scripts read. A reader that goes away is no error: writing becomes silent. */
export class Screen {
  readonly #out: Stream
  readonly #err: Stream
  readonly #closed = new AbortController()
  #color = false
  #isBroken = false

  constructor(out: Stream, err: Stream) {
    this.#out = out
    this.#err = err
    for (const stream of [out, err]) {
      stream.on('error', (error: NodeJS.ErrnoException) => {
        if (stream === out) this.#closed.abort()
        if (error.code === 'EPIPE' || stream !== out) return
        this.#isBroken = true
        this.err(`cannot write the output: ${error.message}`)
      })
    }
  }

  /** Aborted when nobody reads standard output any more. */
  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** Standard output could not be written, and not because its reader went away. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  get color(): boolean {
    return this.#color
  }

  get isTerminal(): boolean {
    return this.#out.isTTY
  }

  /** lines of the terminal; a usual number where it doesn't know */
  get rows(): number {
    return this.#out.rows > 0 ? this.#out.rows : 24
  }

  useColor(wanted: boolean): void {
    this.#color = wanted && this.#out.isTTY && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb'
  }

  /** One or more whole lines; a missing last line end is added. */
  out(text: string): void {
    if (text !== '' && !this.#closed.signal.aborted) this.#out.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** Text as it is, for logs. Resolves when the stream takes more. */
  async raw(text: string, to: 'stdout' | 'stderr'): Promise<void> {
    const stream = to === 'stdout' ? this.#out : this.#err
    if (this.#closed.signal.aborted) return
    if (!stream.write(text)) {
      await new Promise<void>(resolve => {
        stream.once('drain', resolve)
        this.#closed.signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  err(text: string): void {
    if (text !== '') this.#err.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  async flushed(): Promise<void> {
    await Promise.all([this.#out, this.#err].map(written))
  }
}

const written = (stream: Stream): Promise<void> =>
  new Promise(resolve => {
    if (stream.destroyed || !stream.writable) resolve()
    else stream.write('', () => resolve())
  })
