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

/** True from the moment that somebody wants the program to end: what it has made is removed first. */
export function untilStopped(): { readonly isStopped: boolean } {
  const state = { isStopped: false }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (state.isStopped = true))
  return state
}

export function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(64)
}
