import type { LogLine } from '../../dataroot/logs/line.ts'
import type { Screen } from '../context/screen.ts'

const fullBytes = 64 * 1024

/**
 * Writes log lines in few large writes, each to the stream that it came from. What is held back is written as soon as
 * the reader has to wait for more.
 */
export class LogPrinter {
  readonly #screen: Screen
  #held = ''
  #to: 'stdout' | 'stderr' = 'stdout'
  #soon: NodeJS.Immediate | null = null

  constructor(screen: Screen) {
    this.#screen = screen
  }

  async line({ text, stream }: LogLine): Promise<void> {
    if (stream !== this.#to) await this.flush()
    this.#to = stream
    this.#held += text
    if (this.#held.length >= fullBytes) await this.flush()
    else this.#soon ??= setImmediate(() => void this.flush())
  }

  async flush(): Promise<void> {
    if (this.#soon !== null) clearImmediate(this.#soon)
    this.#soon = null
    const text = this.#held
    this.#held = ''
    if (text !== '') await this.#screen.raw(text, this.#to)
  }
}
