import { basename, dirname } from 'node:path'
import { watchDirectory } from '../../source/directory.ts'

/** Watches the env files that manifests name; they may be anywhere. A file stays watched when no manifest names it any more. */
export class EnvFileWatches {
  readonly #watched = new Set<string>()
  readonly #onHint: () => void
  readonly #onError: (message: string) => void
  readonly #signal: AbortSignal

  constructor(onHint: () => void, onError: (message: string) => void, signal: AbortSignal) {
    this.#onHint = onHint
    this.#onError = onError
    this.#signal = signal
  }

  add(paths: readonly string[]): void {
    const added = paths.filter(path => !this.#watched.has(path))
    for (const path of added) this.#watched.add(path)
    for (const [directory, files] of Map.groupBy(added, path => dirname(path))) {
      const only = files.map(path => basename(path))
      watchDirectory(directory, { only, onError: this.#onError }, this.#onHint, this.#signal)
    }
  }
}
