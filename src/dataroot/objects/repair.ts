import { closeSync, existsSync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { fullName } from '../../model/identity.ts'
import type { ContainerRecord, RunState } from '../../model/record.ts'
import { makeDirectory } from '../files/atomic.ts'
import { runAtOnce } from '../files/disk-work.ts'
import { isLeftAlone, makeLayer, publishingRecord, readCopy, storingDockerFiles } from './containers.ts'
import type { StoredContainer, TornContainer } from './containers.ts'
import { createdState, runningState } from '../docker/state.ts'
import { readHostEtc, writeEtcFiles } from '../rootfs/etc-files.ts'
import { attempt, ifPresent } from '../files/io.ts'
import { containerPaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { isPassing, putAside } from '../files/state-file.ts'

/** A run of this data-root that lives, and whose record is not there or not readable. */
export type FoundRun = {
  readonly id: string
  readonly pid: number
  readonly state: RunState | null
  /** from the second copy, else from the run's own plan; null: nothing tells any more what it is */
  readonly record: ContainerRecord | null
}

/**
 * Puts unreadable records aside and restores them from their copies. Only under the pass lock. Gives one sentence for each
 * record that was touched; those of a later version are left alone.
 */
export function repairRecords(
  paths: DataRootPaths,
  torn: readonly TornContainer[],
  runs: readonly FoundRun[],
  nowMs: number,
): Result<string[]> {
  const sentences: string[] = []
  for (const container of torn) {
    const run = runs.find(({ id }) => id === container.id) ?? null
    const repaired = attempt('repair', paths.containers, () => repair(paths, container, run, nowMs))
    if (!repaired.ok) return repaired
    sentences.push(...repaired.value)
  }
  return ok(sentences)
}

function repair(paths: DataRootPaths, torn: TornContainer, run: FoundRun | null, nowMs: number): string[] {
  const at = containerPaths(paths, torn.id)
  if (isLeftAlone(torn)) return []
  const copy = readCopy(paths, torn.id)
  const usable = copy ?? run?.record ?? null
  if (torn.kind === 'foreign' && usable === null) return []
  if (isPassing(torn.errno) || (torn.errno !== undefined && usable === null)) return [`${torn.why}; left as it is`]
  const aside = ifPresent(() => putAside(at.record, nowMs))
  if (usable !== null) runAtOnce(publishingRecord(paths, usable))
  if (run !== null && usable !== null) restoreFiles(paths, usable, run)
  const from = copy === null ? 'from its run' : 'from its second copy'
  return [
    [
      torn.why,
      ...(aside === null ? [] : [`put aside as ${basename(aside)}`]),
      usable === null ? 'there is no second copy to restore it from' : `restored ${from}`,
    ].join('; '),
  ]
}

/** Makes the directories of containers that run without one, as far as it is still known what was in them. */
export function restoreDirectories(paths: DataRootPaths, runs: readonly FoundRun[]): Result<string[]> {
  const sentences: string[] = []
  for (const run of runs) {
    const { dir } = containerPaths(paths, run.id)
    const { record } = run
    if (record === null || existsSync(dir)) continue
    const restored = attempt('restore', dir, () => restoreFiles(paths, record, run))
    if (!restored.ok) return restored
    const who = `container ${fullName(record.declaration.name)} (${run.id.slice(0, 12)})`
    sentences.push(
      `${who}: its directory was deleted while it ran; restored, but its log and history until now are lost`,
    )
  }
  return ok(sentences)
}

/** Docker's files of containers that have run; the exit of one that has ended is folded in once more by the pass. */
export function restoreDockerFiles(paths: DataRootPaths, containers: readonly StoredContainer[]): Result<void> {
  for (const { record, deleting } of containers) {
    const { config, hostConfig } = containerPaths(paths, record.id)
    if (record.run === null || deleting || (existsSync(config) && existsSync(hostConfig))) continue
    const state = runningState(record.run.process.pid, record.run.startedAtMs)
    const written = attempt('write', config, () => runAtOnce(storingDockerFiles(paths, record, state)))
    if (!written.ok) return written
  }
  return ok(undefined)
}

/** What is there is left alone: the container may have changed it, and has these inodes bound. */
function restoreFiles(paths: DataRootPaths, copied: ContainerRecord, { state }: FoundRun): void {
  const record = withRun(copied, state)
  const at = containerPaths(paths, record.id)
  runAtOnce(publishingRecord(paths, record))
  makeDirectory(at.checkpoints, 0o700)
  makeLayer(paths, record)
  if (![at.hostname, at.hosts, at.resolvConf].every(existsSync)) orThrow(writeEtcFiles(paths, record, readHostEtc()))
  closeSync(openSync(at.log, 'a', 0o640))
  const { run } = record
  if (existsSync(at.config) && existsSync(at.hostConfig)) return
  const shown = run === null ? createdState : runningState(run.process.pid, run.startedAtMs)
  runAtOnce(storingDockerFiles(paths, record, shown))
}

/** A copy may be older than the run. */
function withRun(record: ContainerRecord, state: RunState | null): ContainerRecord {
  if (state === null) return record
  const { pid, startTicks, bootId, startedAtMs } = state
  if (record.run?.process.startTicks === startTicks && record.run.process.pid === pid) return record
  return { ...record, run: { process: { pid, startTicks, bootId }, startedAtMs }, stop: null }
}

/** For the `attempt` around it. */
function orThrow(result: Result<void>): void {
  if (!result.ok) throw Object.assign(new Error(result.error.message), { code: 'EIO', path: result.error.path })
}
