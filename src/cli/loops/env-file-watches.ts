import { basename, dirname } from 'node:path'
import { watchDirectory } from '../../source/directory.ts'
import type { WatchOptions } from '../../source/source.ts'

/** Watches the env files that manifests name; they may be anywhere. A file stays watched when no manifest names it any more. */
export class EnvFileWatches {
  readonly #watched = new Set<string>()
  readonly #onHint: () => void
  readonly #options: WatchOptions
  readonly #signal: AbortSignal

  constructor(onHint: () => void, options: WatchOptions, signal: AbortSignal) {
    this.#onHint = onHint
    this.#options = options
    this.#signal = signal
  }

  add(paths: readonly string[]): void {
    const added = paths.filter(path => !this.#watched.has(path))
    for (const path of added) this.#watched.add(path)
    for (const [directory, files] of Map.groupBy(added, path => dirname(path))) {
      const only = files.map(path => basename(path))
      watchDirectory(directory, { ...this.#options, only }, this.#onHint, this.#signal)
    }
  }
}
