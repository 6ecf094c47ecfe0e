import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail, known, ok, unknown } from '../../model/errors.ts'
import type { Known, Result } from '../../model/errors.ts'
import type { VolumeRecord } from '../../model/record.ts'
import { dropVolumeRow, putVolumeRow } from '../bbolt/volume-rows.ts'
import type { VolumeRow } from '../bbolt/volume-rows.ts'
import { makeDirectory, moveDurably, replaceFile, syncDirectory } from '../files/atomic.ts'
import { attempt, attemptAsync, failure, ifPresent } from '../files/io.ts'
import { isVolumeName, volumePaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { volumeRecordShape } from '../records/record-shape.ts'
import { refuseMountPoints, removeTree } from '../files/remove-tree.ts'
import { readStateFile } from '../files/state-file.ts'

/** A directory in `volumes/`: with a record when we made it, or named it in a manifest. */
export type StoredVolume = { readonly name: string; readonly record: Known<VolumeRecord | null> }

/** All volumes, sorted by name. Changes nothing; empty when there is no data-root. */
export function listVolumes(paths: DataRootPaths): Result<readonly StoredVolume[]> {
  return attempt('list', paths.volumes, () =>
    (ifPresent(() => readdirSync(paths.volumes, { withFileTypes: true })) ?? [])
      .filter(entry => entry.isDirectory() && isVolumeName(entry.name))
      .map(({ name }) => ({ name, record: readVolumeRecord(paths, name) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  )
}

function readVolumeRecord(paths: DataRootPaths, name: string): Known<VolumeRecord | null> {
  const at = volumePaths(paths, name)
  const record = readStateFile(at.record, volumeRecordShape)
  if (record.known && record.value !== null && record.value.name !== name) {
    return unknown(`${at.record}: the record of another volume, ${record.value.name}`)
  }
  return record
}

/**
 * Makes a volume with its record, at once or not at all; one that exists keeps its data and gets the record. What Docker's
 * engine knows of it comes first: an engine drops a row without volume, but nobody would miss the row of a volume.
 */
export function createVolume(paths: DataRootPaths, record: VolumeRecord): Result<void> {
  if (!isVolumeName(record.name)) {
    return fail(failure('E_SPEC', `a volume can't be named ${JSON.stringify(record.name)}`, paths.volumes))
  }
  const at = volumePaths(paths, record.name)
  const stored = storeRow(paths, record)
  if (!stored.ok) return stored
  return attempt('create', at.dir, () => {
    if (existsSync(at.dir)) {
      makeDirectory(at.data, 0o755)
      return replaceFile(at.record, recordText(record), 0o600)
    }
    const staged = join(paths.staging, `volume-${record.name}`.slice(0, 255))
    rmSync(staged, { recursive: true, force: true })
    makeDirectory(staged, 0o701)
    makeDirectory(join(staged, '_data'), 0o755)
    replaceFile(join(staged, 'reconcile.json'), recordText(record), 0o600)
    renameSync(staged, at.dir)
    syncDirectory(paths.volumes)
  })
}

/** Replaces the record of a volume; its data stays. */
export function updateVolume(paths: DataRootPaths, record: VolumeRecord): Result<void> {
  const at = volumePaths(paths, record.name)
  const stored = storeRow(paths, record)
  if (!stored.ok) return stored
  return attempt('write', at.record, () => replaceFile(at.record, recordText(record), 0o600))
}

/** Docker's engine learns labels from a row only; a volume without one is listed all the same. */
function storeRow(paths: DataRootPaths, record: VolumeRecord): Result<void> {
  if (record.anonymous && Object.keys(record.labels).length === 0) return ok(undefined)
  const stored = attempt('write', paths.metadataDb, () =>
    putVolumeRow(paths.metadataDb, record.name, rowOf(record).labels, () => [
      ...recordedRows(paths).filter(({ name }) => name !== record.name),
      rowOf(record),
    ]),
  )
  return stored.ok ? stored.value : stored
}

function recordedRows(paths: DataRootPaths): VolumeRow[] {
  const volumes = listVolumes(paths)
  if (!volumes.ok) return []
  return volumes.value.flatMap(({ record }) => (record.known && record.value !== null ? [rowOf(record.value)] : []))
}

const rowOf = ({ name, labels }: VolumeRecord): VolumeRow => ({
  name,
  driver: 'local',
  labels: Object.keys(labels).length === 0 ? null : labels,
  options: null,
})

/** Removes a volume and its data. The caller has made sure that no container uses it. May be repeated after a crash. */
export async function removeVolume(paths: DataRootPaths, name: string): Promise<Result<void>> {
  const at = volumePaths(paths, name)
  const gone = await attemptAsync('remove', at.dir, async () => {
    // a digest: long names cut off could meet in one place, and removals run side by side
    const removed = join(paths.removed, `volume-${createHash('sha256').update(name).digest('hex')}`)
    await removeTree(removed)
    if (lstatSync(at.dir, { throwIfNoEntry: false }) !== undefined) {
      refuseMountPoints(at.dir)
      moveDurably(at.dir, removed)
    }
    await removeTree(removed)
  })
  if (!gone.ok) return gone
  const dropped = attempt('write', paths.metadataDb, () => dropVolumeRow(paths.metadataDb, name))
  return dropped.ok ? dropped.value : dropped
}

/** The directory that a mount of this volume shows; `known(null)`: there is no such volume. */
export function volumeData(paths: DataRootPaths, name: string): Known<string | null> {
  const { data } = volumePaths(paths, name)
  const stat = lstatSync(data, { throwIfNoEntry: false })
  if (stat === undefined) return known(null)
  return stat.isDirectory() ? known(data) : unknown(`${data}: not a directory`)
}

function recordText(record: VolumeRecord): string {
  const problem = volumeRecordShape(record, '')
  if (problem !== null) throw new Error(`not a volume record: ${problem}`)
  return `${JSON.stringify(record, null, 2)}\n`
}
