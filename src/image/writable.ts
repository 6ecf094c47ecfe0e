import type { Writable } from 'node:stream'

/** Resolves when a stream takes more, or never will. */
export const writable = (sink: Writable): Promise<void> =>
  new Promise(resolve => {
    if (sink.destroyed) return resolve()
    const go = () => {
      sink.off('drain', go)
      sink.off('close', go)
      resolve()
    }
    sink.on('drain', go)
    sink.on('close', go)
  })
