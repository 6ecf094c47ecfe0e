import type { Cleaning } from '../support/lab.ts'

/** What a long program cleans up: the last thing that was made first. */
export class Cleanup implements Cleaning {
  readonly #actions: (() => void | Promise<void>)[] = []

  after(clean: () => void | Promise<void>): void {
    this.#actions.push(clean)
  }

  async run(): Promise<void> {
    for (let clean = this.#actions.pop(); clean !== undefined; clean = this.#actions.pop()) await clean()
  }
}

export function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(64)
}
