type Stream = NodeJS.WriteStream

/** The two streams that people and scripts read. A reader that goes away is no error: writing becomes silent. */
export class Screen {
  readonly #out: Stream
  readonly #err: Stream
  readonly #closed = new AbortController()
  #color = false
  #isBroken = false
  #isEnding = false
  #footer: readonly string[] = []

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

  /** Whether what stands on it can be written over. */
  get canRedraw(): boolean {
    return this.#out.isTTY && process.env['TERM'] !== 'dumb'
  }

  /** of the terminal; usual numbers where it doesn't know */
  get size(): { readonly rows: number; readonly columns: number } {
    const { rows, columns } = this.#out
    return { rows: rows > 0 ? rows : 24, columns: columns > 0 ? columns : 80 }
  }

  useColor(wanted: boolean): void {
    this.#color = wanted && this.#out.isTTY && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb'
  }

  /** One or more whole lines; a missing last line end is added. */
  out(text: string): void {
    if (text !== '' && !this.#closed.signal.aborted) this.#aboveFooter(() => this.#out.write(whole(text)))
  }

  /** Lines that stay below all others of a terminal that can redraw, until the next ones. None may wrap. */
  footer(lines: readonly string[]): void {
    if (!this.canRedraw || this.#isEnding || this.#closed.signal.aborted) return
    if (lines.length + this.#footer.length === 0) return
    this.#out.write(`${this.#clearing()}${lines.map(whole).join('')}`)
    this.#footer = lines
  }

  #aboveFooter(write: () => void): void {
    const lines = this.#footer
    if (lines.length > 0) this.footer([])
    write()
    if (lines.length > 0) this.footer(lines)
  }

  #clearing(): string {
    return this.#footer.length === 0 ? '' : `\u001b[${this.#footer.length}A\u001b[J`
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
    if (text !== '') this.#aboveFooter(() => this.#err.write(whole(text)))
  }

  /** Takes the footer away for good, and resolves when everything is written. */
  async flushed(): Promise<void> {
    this.footer([])
    this.#isEnding = true
    await Promise.all([this.#out, this.#err].map(written))
  }
}

const whole = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)

const written = (stream: Stream): Promise<void> =>
  new Promise(resolve => {
    if (stream.destroyed || !stream.writable) resolve()
    else stream.write('', () => resolve())
  })
