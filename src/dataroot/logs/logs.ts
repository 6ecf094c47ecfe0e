import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { watchDirectory } from './changes.ts'
import type { LogLine } from './line.ts'
import { LogReader } from './reader.ts'
import { containerPaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'

export type LogOptions = {
  /** only the last n lines; absent: all */
  readonly tail?: number
  /** only what was read at or after this time */
  readonly sinceMs?: number
  /** go on with what is written later, until the container is gone or the signal aborts */
  readonly follow: boolean
}

const pollMs = 250

/**
 * The log of a container, across its rotated files, no line lost or doubled, however often it is rotated while it is read
 * (but what a rotation deletes before it could be read is gone). Lines that are no log records are passed over.
 */
export async function* readLog(
  paths: DataRootPaths,
  id: string,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const { log } = containerPaths(paths, id)
  const changes = options.follow ? watchDirectory(dirname(log), signal) : null
  const reader = new LogReader(log, options)
  try {
    while (!signal.aborted) {
      for (let records = reader.next(); records !== null && !signal.aborted; records = reader.next()) {
        for (const record of records) yield record
        // a long log must not keep signals and timers waiting
        await setImmediate()
      }
      if (changes === null || reader.ended) return
      await changes.next(pollMs)
    }
  } finally {
    reader.close()
    changes?.close()
  }
}
