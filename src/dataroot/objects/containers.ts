import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { unknown } from '../../model/errors.ts'
import type { Known, Result } from '../../model/errors.ts'
import type { ContainerRecord } from '../../model/record.ts'
import { configText } from '../docker/config.ts'
import { hostConfigText } from '../docker/hostconfig.ts'
import { createdState } from '../docker/state.ts'
import type { DockerState } from '../docker/state.ts'
import { completedRecord } from '../records/earlier-records.ts'
import { abandonedProbes } from '../layout/abandoned-probes.ts'
import {
  makeDirectory,
  moveDurably,
  replaceFile,
  replacing,
  replacingTogether,
  syncDirectory,
  syncingDirectory,
  writingNew,
} from '../files/atomic.ts'
import { type DiskWork, runBeside } from '../files/disk-work.ts'
import { FileMemory } from '../files/file-memory.ts'
import { attempt, attemptAsync, errnoOf, ifPresent } from '../files/io.ts'
import { containerPaths, isContainerId } from '../layout/paths.ts'
import type { ContainerPaths, DataRootPaths } from '../layout/paths.ts'
import { containerRecordShape } from '../records/record-shape.ts'
import { refuseMountPoints, removeTree } from '../files/remove-tree.ts'
import { readStateFile, readStateText } from '../files/state-file.ts'

export type StoredContainer = {
  readonly record: ContainerRecord
  /** false: creating it was interrupted, before its first start; its `config.v2.json` is written last */
  readonly complete: boolean
  /** its tombstone is there: deleting it has begun */
  readonly deleting: boolean
}

/** A directory in `containers/` without a readable record of ours. */
export type TornContainer = {
  readonly id: string
  /** `foreign`: no record at all, so not made by us; `unreadable`: ours, damaged or of a later version */
  readonly kind: 'foreign' | 'unreadable'
  readonly why: string
  /** it was the reading that failed, which says little of what is written there */
  readonly errno?: string
}

export type ContainerListing = { readonly records: readonly StoredContainer[]; readonly torn: readonly TornContainer[] }

const notADirectory = ': not a directory'

/** All containers of the data-root, sorted by id. Changes nothing; empty when there is no data-root. */
export function listContainers(paths: DataRootPaths): Result<ContainerListing> {
  return attempt('list', paths.containers, () => {
    const ids = (ifPresent(() => readdirSync(paths.containers)) ?? []).filter(isContainerId).sort()
    const records: StoredContainer[] = []
    const torn: TornContainer[] = []
    recordMemory(paths).keepOnly(ids)
    for (const id of ids) {
      const at = containerPaths(paths, id)
      const record = lstatSync(at.dir, { throwIfNoEntry: false })?.isDirectory()
        ? readRecord(paths, id)
        : unknown(`${at.dir}${notADirectory}`)
      if (!record.known) torn.push(tornOf(id, record))
      else if (record.value === null) torn.push({ id, kind: 'foreign', why: `${at.record}: no record of ours` })
      else records.push(storedContainer(at, record.value))
    }
    return { records, torn }
  })
}

const tornOf = (id: string, { why, errno }: Extract<Known<unknown>, { known: false }>): TornContainer => ({
  id,
  kind: 'unreadable',
  why,
  ...(errno === undefined ? {} : { errno }),
})

const storedContainer = (at: ContainerPaths, record: ContainerRecord): StoredContainer => ({
  record,
  complete: record.run !== null || existsSync(at.config),
  deleting: existsSync(at.deleting),
})

/** One container as `listContainers` gives it; null: its record is not there, or can't be read. */
export function readContainer(paths: DataRootPaths, id: string): StoredContainer | null {
  const record = readRecord(paths, id)
  return record.known && record.value !== null ? storedContainer(containerPaths(paths, id), record.value) : null
}

const memories = new WeakMap<DataRootPaths, FileMemory<ContainerRecord>>()

function recordMemory(paths: DataRootPaths): FileMemory<ContainerRecord> {
  const memory = memories.get(paths) ?? new FileMemory<ContainerRecord>()
  memories.set(paths, memory)
  return memory
}

/** One container's record, validated; `known(null)`: there is none. */
export function readRecord(paths: DataRootPaths, id: string): Known<ContainerRecord | null> {
  const at = containerPaths(paths, id)
  const record = recordMemory(paths).read(id, at.record, () =>
    readStateFile(at.record, containerRecordShape, completedRecord),
  )
  if (record.known && record.value !== null && record.value.id !== id) {
    return unknown(`${at.record}: the record of another container, ${record.value.id}`)
  }
  return record
}

/** Replaces a container's record. */
export function writeRecord(paths: DataRootPaths, record: ContainerRecord): Promise<Result<void>> {
  const at = containerPaths(paths, record.id)
  return attemptAsync('write', at.record, () => runBeside(storingRecord(at, record)))
}

/**
 * Makes a container's directory, record, layer and Docker's files, in an order in which a crash leaves nothing that is
 * not found again: the directory appears together with the record, `config.v2.json` comes last. May be repeated.
 */
export const createContainerFiles = (paths: DataRootPaths, record: ContainerRecord): Promise<Result<void>> =>
  attemptAsync('create', containerPaths(paths, record.id).dir, () => runBeside(creatingContainer(paths, record)))

/** The same, for whoever waits. */
export function* creatingContainer(paths: DataRootPaths, record: ContainerRecord): DiskWork {
  yield* publishingRecord(paths, record)
  makeLayer(paths, record)
  yield* storingDockerFiles(paths, record, createdState)
}

/** The first and the last part of a creation whose layers come from an image; each may be repeated. */
export const beginContainerFiles = (paths: DataRootPaths, record: ContainerRecord): Promise<Result<void>> =>
  attemptAsync('create', containerPaths(paths, record.id).dir, () => runBeside(publishingRecord(paths, record)))
export const completeContainerFiles = (paths: DataRootPaths, record: ContainerRecord): Promise<Result<void>> =>
  writeDockerState(paths, record, createdState)

/** First part of a creation: `containers/<id>` with the record in it, or nothing. */
export function* publishingRecord(paths: DataRootPaths, record: ContainerRecord): DiskWork {
  const at = containerPaths(paths, record.id)
  if (existsSync(at.dir)) return yield* storingRecord(at, record)
  const staged = join(paths.staging, record.id)
  rmSync(staged, { recursive: true, force: true })
  mkdirSync(staged, { mode: 0o710 })
  mkdirSync(join(staged, basename(at.checkpoints)), { mode: 0o700 })
  const content = recordText(record)
  yield* writingNew(join(staged, basename(at.record)), content, 0o600)
  replaceFile(at.recordCopy, content, 0o600, false)
  renameSync(staged, at.dir)
  yield* syncingDirectory(paths.containers)
}

/** Second part: the writable layer, which the record names by the container's id. */
export function makeLayer(paths: DataRootPaths, record: ContainerRecord): void {
  const at = containerPaths(paths, record.id)
  makeDirectory(at.layer, 0o710)
  if (existsSync(at.rootCopy)) return
  // the container sees this mode on its `/`
  makeDirectory(at.upper, 0o755)
  makeDirectory(at.work, 0o700)
}

/** Rewrites Docker's two files from the record and what is known of the container's state. */
export const writeDockerState = (
  paths: DataRootPaths,
  record: ContainerRecord,
  state: DockerState,
): Promise<Result<void>> =>
  attemptAsync('write', containerPaths(paths, record.id).config, () =>
    runBeside(storingDockerFiles(paths, record, state)),
  )

/** Writes the tombstone: from now on the container is only deleted, whatever its manifest says. */
export function markDeleting(paths: DataRootPaths, id: string): Result<void> {
  const at = containerPaths(paths, id)
  return attempt('mark', at.deleting, () => {
    writeFileSync(at.deleting, '', { mode: 0o600 })
    syncDirectory(at.dir)
  })
}

/**
 * Removes a container's layer and then its directory. The caller has ended its processes, removed its run directory and
 * those of its volumes that must go: after this, nothing tells which they were. May be repeated after a crash.
 */
export async function removeContainerFiles(paths: DataRootPaths, id: string): Promise<Result<void>> {
  const at = containerPaths(paths, id)
  const marked = existsSync(at.dir) && !existsSync(at.deleting) ? markDeleting(paths, id) : null
  if (marked !== null && !marked.ok) return marked
  return attemptAsync('remove', at.dir, async () => {
    for (const path of [at.layer, at.dir]) refuseMountPoints(path)
    // the layer leaves its place first, the record last, each by one rename
    for (const [from, to] of [
      [at.layer, join(paths.removed, `${id}.layer`)],
      [at.dir, join(paths.removed, id)],
    ] as const) {
      await removeTree(to)
      ifPresent(() => moveDurably(from, to))
    }
    rmSync(at.recordCopy, { force: true })
    await removeTree(join(paths.removed, `${id}.layer`))
    await removeTree(join(paths.removed, id))
  })
}

/** Finishes what a crash left half made or half removed. Only under the pass lock. */
export async function sweepRemoved(paths: DataRootPaths): Promise<Result<void>> {
  return attemptAsync('remove', paths.removed, async () => {
    for (const directory of [paths.removed, paths.staging]) {
      for (const name of ifPresent(() => readdirSync(directory)) ?? []) await removeTree(join(directory, name))
    }
    for (const path of abandonedProbes(paths)) await removeTree(path)
  })
}

/** The second copy of a container's record; null: none that can be read. */
export function readCopy(paths: DataRootPaths, id: string): ContainerRecord | null {
  const copy = readStateFile(containerPaths(paths, id).recordCopy, containerRecordShape, completedRecord)
  return copy.known && copy.value?.id === id ? copy.value : null
}

/** What a later program wrote is left to it; where something else is in a directory's place, nothing can be restored. */
export const isLeftAlone = ({ why }: TornContainer): boolean =>
  why.includes('this program reads version') || why.endsWith(notADirectory)

function* storingRecord(at: ContainerPaths, record: ContainerRecord): DiskWork {
  const content = recordText(record)
  yield* replacing(at.record, content, 0o600)
  try {
    replaceFile(at.recordCopy, content, 0o600, false)
  } catch (error) {
    // only a convenience; the record itself is safe
    if (errnoOf(error) === null) throw error
  }
}

/** hostconfig.json first: dockerd takes a directory for a container when config.v2.json is there. */
export function* storingDockerFiles(paths: DataRootPaths, record: ContainerRecord, state: DockerState): DiskWork {
  const at = containerPaths(paths, record.id)
  const hostConfig = hostConfigText(record)
  const before = readStateText(at.hostConfig)
  // most changes are of the state alone, and a replacement waits for the disk
  const isOther = !before.known || before.value !== hostConfig
  yield* replacingTogether(at.dir, [
    ...(isOther ? [{ path: at.hostConfig, content: hostConfig, mode: 0o644 }] : []),
    { path: at.config, content: configText(paths, record, state), mode: 0o600 },
  ])
}

function recordText(record: ContainerRecord): string {
  const problem = containerRecordShape(record, '')
  if (problem !== null) throw new Error(`not a container record: ${problem}`)
  return `${JSON.stringify(record, null, 2)}\n`
}
