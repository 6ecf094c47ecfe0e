import type { Result } from '../../model/errors.ts'
import type { HealthRecord, ProbeResult } from '../../model/health.ts'
import type { ProcessIdentity } from '../../model/identity.ts'
import { replaceFile } from '../files/atomic.ts'
import { attempt } from '../files/io.ts'
import { readStateFile } from '../files/state-file.ts'
import { containerPaths, type DataRootPaths } from '../layout/paths.ts'
import { healthRecordShape } from './health-shape.ts'

export type StoredHealth = {
  /** of exactly this run; null: nothing was said of it yet */
  readonly ofRun: HealthRecord | null
  /** also of an earlier run */
  readonly log: readonly ProbeResult[]
}

/** What can't be read is as good as nothing: it is learned anew. */
export function readHealth(
  paths: DataRootPaths,
  id: string,
  { pid, startTicks, bootId }: ProcessIdentity,
): StoredHealth {
  const read = readStateFile(containerPaths(paths, id).health, healthRecordShape)
  const record = read.known ? read.value : null
  if (record === null) return { ofRun: null, log: [] }
  const { process } = record
  const isOfRun = process.pid === pid && process.startTicks === startTicks && process.bootId === bootId
  return { ofRun: isOfRun ? record : null, log: record.log }
}

/** Without waiting for the disk. A container that is gone meanwhile is not made again. */
export function writeHealth(paths: DataRootPaths, id: string, record: HealthRecord): Result<void> {
  const { health: path } = containerPaths(paths, id)
  return attempt('write', path, () => replaceFile(path, `${JSON.stringify(record)}\n`, 0o600, false))
}
