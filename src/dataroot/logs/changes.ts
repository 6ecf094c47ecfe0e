import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'

/** Hears of changes in a directory; a hint only, so waiting ends by the clock as well. */
export type Changes = {
  /** Ends at the next change, which may have come before the call, or after `ms`, or when the signal aborts. */
  readonly next: (ms: number) => Promise<void>
  readonly close: () => void
}

export function watchDirectory(directory: string, signal: AbortSignal): Changes {
  let changed = false
  let wake: (() => void) | null = null
  const onChange = () => {
    changed = true
    wake?.()
  }
  const watcher = startWatching(directory, onChange)
  signal.addEventListener('abort', onChange)
  return {
    next: ms =>
      new Promise(resolve => {
        const done = () => {
          clearTimeout(timer)
          wake = null
          changed = false
          resolve()
        }
        const timer = setTimeout(done, ms)
        wake = done
        if (changed || signal.aborted) done()
      }),
    close: () => {
      watcher?.close()
      signal.removeEventListener('abort', onChange)
    },
  }
}

/** Null when the kernel has no watch to spare, or the directory is gone: then the clock does it. */
function startWatching(directory: string, onChange: () => void): FSWatcher | null {
  try {
    return watch(directory, { persistent: false }, onChange).on('error', onChange)
  } catch {
    return null
  }
}
