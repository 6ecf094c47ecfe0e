import { join } from 'node:path'
import { unknown } from '../../model/errors.ts'
import type { Known } from '../../model/errors.ts'
import type { Exit } from '../../model/observed.ts'
import type { ExitRecord } from '../../model/record.ts'
import { containerPaths, containerRunDir } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { exitRecordShape } from './record-shape.ts'
import { readStateFile } from '../files/state-file.ts'

/**
 * What the shim wrote when the last run ended; `known(null)`: it has not ended, or nobody was there to write it. Where the disk
 * was full it lies in the run directory.
 */
export function readExitRecord(paths: DataRootPaths, rootId: string, id: string): Known<ExitRecord | null> {
  const kept = readKeptExit(paths, rootId, id)
  return kept.known && kept.value !== null ? kept : readRecordOf(containerPaths(paths, id).exit, id)
}

/** The exit that the shim could not write where it belongs. */
export const readKeptExit = (paths: DataRootPaths, rootId: string, id: string): Known<ExitRecord | null> =>
  readRecordOf(join(containerRunDir(paths, rootId, id), 'exit'), id)

function readRecordOf(path: string, id: string): Known<ExitRecord | null> {
  const record = readStateFile(path, exitRecordShape)
  if (record.known && record.value !== null && record.value.containerId !== id) {
    return unknown(`${path}: the exit of another container, ${record.value.containerId}`)
  }
  return record
}

/** The exit in the model's words. */
export function exitOf(record: ExitRecord): Exit {
  const atMs = record.finishedAtMs
  if (record.code !== null) return { kind: 'code', code: record.code, atMs }
  if (record.signal !== null) return { kind: 'signal', signal: record.signal, oom: record.oomKilled, atMs }
  return { kind: 'unknown', why: 'the shim had died, and nobody else saw how the process ended', atMs }
}
