import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Result } from '../../model/errors.ts'
import type { HistoryEntry } from '../../model/record.ts'
import { replaceFile } from '../files/atomic.ts'
import { attempt } from '../files/io.ts'
import { containerPaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { historyEntryShape } from './record-shape.ts'
import { readStateText } from '../files/state-file.ts'

const keptEntries = 100
/** Rewritten down to the kept entries when it has grown to this. */
const compactAtBytes = 64 * 1024
const maxHistoryBytes = 4 * 1024 * 1024

/** Adds an entry to what `why` tells of a container. Not synced: it explains, nothing depends on it. */
export function appendHistory(paths: DataRootPaths, id: string, entry: HistoryEntry): Result<void> {
  const { history } = containerPaths(paths, id)
  return attempt('write', history, () => {
    // one that could not be made has none
    if (!existsSync(dirname(history))) return
    const stat = lstatSync(history, { throwIfNoEntry: false })
    const line = `${JSON.stringify(entry)}\n`
    if (stat?.isFile() && stat.size < compactAtBytes) return appendLine(history, line)
    const kept = readHistory(paths, id).slice(1 - keptEntries)
    replaceFile(history, [...kept.map(old => `${JSON.stringify(old)}\n`), line].join(''), 0o600, false)
  })
}

/** An entry that a crash cut off must not spoil the next one. */
function appendLine(history: string, line: string): void {
  const fd = openSync(history, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW)
  try {
    const last = Buffer.alloc(1, '\n')
    readSync(fd, last, 0, 1, Math.max(0, fstatSync(fd).size - 1))
    writeSync(fd, last.toString() === '\n' ? line : `\n${line}`)
  } finally {
    closeSync(fd)
  }
}

/** The last entries, oldest first; lines that are none are passed over. */
export function readHistory(paths: DataRootPaths, id: string): readonly HistoryEntry[] {
  const text = readStateText(containerPaths(paths, id).history, maxHistoryBytes)
  if (!text.known || text.value === null) return []
  return text.value.split('\n').flatMap(parseEntry).slice(-keptEntries)
}

function parseEntry(line: string): HistoryEntry[] {
  try {
    const value: unknown = JSON.parse(line)
    return historyEntryShape(value, '') === null ? [value as HistoryEntry] : []
  } catch {
    return []
  }
}
