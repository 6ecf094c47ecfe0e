import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { known, type Known, type Result } from '../../model/errors.ts'
import type { RepositoryRecord, Revision } from '../../model/repository.ts'
import { makeDirectory, replaceFile } from '../files/atomic.ts'
import { attempt, ifPresent } from '../files/io.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { count, matching, nullable, object, text, versionOne } from '../files/shape.ts'
import { putAside, readStateFile } from '../files/state-file.ts'
import { identifyProcess } from '../records/process-identity.ts'

const revision = object<Revision>({
  commit: matching(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'the id of a commit'),
  ref: text,
  atMs: count,
})

const directoryName = /^\d{1,10}-\d{1,20}-[0-9a-f]{8}$/

const repositoryRecordShape = object<RepositoryRecord>({
  version: versionOne,
  place: text,
  source: text,
  seen: revision,
  good: nullable(revision),
  directory: matching(directoryName, 'the name of a directory of objects'),
})

/** The directory of a Git source: its record, and a directory of objects for each transfer that counts. */
export const gitSourceDirectory = (paths: DataRootPaths, place: string): string =>
  join(paths.git, createHash('sha256').update(place).digest('hex').slice(0, 32))

const recordFile = (paths: DataRootPaths, place: string): string =>
  join(gitSourceDirectory(paths, place), 'record.json')

/** `known(null)`: nothing is known of this source. */
export function readRepositoryRecord(paths: DataRootPaths, place: string): Known<RepositoryRecord | null> {
  const read = readStateFile(recordFile(paths, place), repositoryRecordShape)
  return read.known && read.value?.place !== place ? known(null) : read
}

export function writeRepositoryRecord(paths: DataRootPaths, record: RepositoryRecord): Result<void> {
  const path = recordFile(paths, record.place)
  return attempt('write', path, () => {
    if (!readRepositoryRecord(paths, record.place).known) putAside(path, record.seen.atMs)
    replaceFile(path, `${JSON.stringify(record)}\n`, 0o600)
  })
}

/** An empty directory for a transfer of this process; its name tells whose it is. */
export function newObjectDirectory(paths: DataRootPaths, place: string): Result<string> {
  const parent = gitSourceDirectory(paths, place)
  return attempt('make', parent, () => {
    makeDirectory(paths.git, 0o700)
    makeDirectory(parent, 0o700)
    const self = identifyProcess(process.pid)
    const name = `${process.pid}-${self?.startTicks ?? 0}-${randomBytes(4).toString('hex')}`
    mkdirSync(join(parent, name), { mode: 0o700 })
    return name
  })
}

/** Removes the directories `own`, and those of dead processes, that the record doesn't name. */
export async function sweepObjectDirectories(
  paths: DataRootPaths,
  place: string,
  own: ReadonlySet<string>,
): Promise<void> {
  const parent = gitSourceDirectory(paths, place)
  const record = readRepositoryRecord(paths, place)
  if (!record.known) return
  for (const name of ifPresent(() => readdirSync(parent)) ?? []) {
    if (!directoryName.test(name) || name === record.value?.directory) continue
    if (!own.has(name) && isOfLiving(name)) continue
    // what can't be removed now is litter, and tried again with the next sweep
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

function isOfLiving(name: string): boolean {
  const [pid = '', startTicks = ''] = name.split('-')
  return identifyProcess(Number(pid))?.startTicks === startTicks
}

/** Nothing of a source is left on this host, so nothing has to be known of it. */
export const forgetRepository = (paths: DataRootPaths, place: string): Promise<void> =>
  rm(gitSourceDirectory(paths, place), { recursive: true, force: true })
