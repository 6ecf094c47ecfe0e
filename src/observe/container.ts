import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readCopy, type StoredContainer, type TornContainer } from '../dataroot/objects/containers.ts'
import { readDockerState } from '../dataroot/docker/state.ts'
import { readExitRecord } from '../dataroot/records/exit-record.ts'
import { containerRunDir, type DataRootPaths } from '../dataroot/layout/paths.ts'
import type { FoundRun } from '../dataroot/objects/repair.ts'
import { readRunState } from '../dataroot/records/run-state.ts'
import { readHold } from '../dataroot/records/hold.ts'
import { readUpkeep } from '../dataroot/records/upkeep.ts'
import { known, unknown, type Known } from '../model/errors.ts'
import type { KernelFeatures, Limits } from '../model/limits.ts'
import type { ObservedContainer, Operation, Phase } from '../model/observed.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { RunLook } from '../model/run-facts.ts'
import type { Upkeep } from '../model/upkeep.ts'
import type { CgroupMounts } from './cgroup-mounts.ts'
import { isFlocked } from './flocks.ts'
import { checkOf, seeHealth } from './health.ts'
import { readKernelLimits } from './kernel-limits.ts'
import { containerCgroup } from './cgroup-places.ts'
import { runPhase, type SeenPhase } from './phase.ts'
import { isSameProcess, liveness } from './processes.ts'
import { type OwnRun, readSeenRun } from './run-look.ts'

/** What is read once a pass and looked at for each container. */
export type Surroundings = {
  readonly paths: DataRootPaths
  readonly rootId: string
  readonly procRoot: string
  readonly nowMs: number
  readonly bootId: string
  readonly mounts: CgroupMounts
  readonly kernel: KernelFeatures
  readonly ownRun: OwnRun
  readonly watchedSources: ReadonlySet<string>
}

export type SeenContainer = {
  readonly stored: StoredContainer
  readonly container: ObservedContainer
  readonly operation: Operation | null
  readonly settling: boolean
}

export function observeContainer(around: Surroundings, stored: StoredContainer): SeenContainer {
  const { record } = stored
  const { phase: seenPhase, ...seen } = seePhase(around, stored)
  const hold = readHold(around.paths, record.id)
  // an unreadable word is not a withdrawn one
  const phase = hold.known ? seenPhase : hold
  const upkeep = readUpkeep(around.paths, record.id)
  const value = phase.known ? phase.value : null
  const kernelLimits = value?.phase === 'running' ? seeLimits(around, record, seen.settling) : null
  const look = value?.phase === 'running' && !seen.settling ? seeRun(around, record, upkeep, value) : null
  // its cgroup, and its process, may have gone between the two looks
  const isBlind = kernelLimits?.known === false || look?.known === false
  const settling = seen.settling || (isBlind && hasEnded(around, value))
  return {
    stored,
    settling,
    operation: stopOperation(record, value),
    container: {
      id: record.id,
      declaration: record.declaration,
      origin: record.origin,
      createdAtMs: record.createdAtMs,
      phase,
      recordedLimits: record.limits,
      kernelLimits,
      look,
      hold: hold.known ? hold.value : null,
      ...healthOf(around, record, value),
      heals: upkeep.heals,
      restarts: record.restarts,
      anonymousVolumes: record.anonymousVolumes,
      ...(record.endpoints === undefined ? {} : { endpoints: record.endpoints }),
      image: record.image,
      stopRequested: seen.stopRequested,
      ...(seen.stopRequested && record.stop?.again !== undefined ? { stoppedFor: record.stop.again } : {}),
      exitRecorded: value?.phase !== 'exited' || isExitRecorded(around, record.id, value.startedAtMs),
      watched: around.watchedSources.has(record.origin.source),
    },
  }
}

/** Ours, but its record is damaged: a copy of it still tells its name, and nothing is done to it. null: not ours. */
export function unreadableContainer(
  around: Surroundings,
  torn: TornContainer,
  run: FoundRun | undefined,
): SeenContainer | null {
  const record = readCopy(around.paths, torn.id) ?? run?.record ?? null
  if (record === null) return null
  const stored = { record, complete: true, deleting: false }
  const seen = observeContainer(around, stored)
  const phase = unknown(torn.why)
  return {
    ...seen,
    settling: false,
    operation: null,
    container: { ...seen.container, phase, kernelLimits: null, look: null },
  }
}

type SeenRun = { readonly phase: Known<Phase> } & Omit<SeenPhase, 'phase'>
const settled = (phase: Known<Phase>): SeenRun => ({ phase, settling: false, stopRequested: false })

function seePhase(around: Surroundings, stored: StoredContainer): SeenRun {
  if (stored.deleting) return settled(known({ phase: 'deleting' }))
  if (!stored.complete) return settled(known({ phase: 'creating' }))
  const { paths, rootId, procRoot, bootId, nowMs } = around
  const { id, run, stop } = stored.record
  const runState = readRunState(paths, rootId, id)
  const exitRecord = readExitRecord(paths, rootId, id)
  if (!runState.known) return settled(runState)
  if (!exitRecord.known) return settled(exitRecord)
  const lock = join(containerRunDir(paths, rootId, id), 'lock')
  const seen = runPhase({
    bootId,
    nowMs,
    recordedRun: run,
    recordedStop: stop,
    runState: runState.value,
    exitRecord: exitRecord.value,
    look: process => liveness(procRoot, bootId, process),
    isLocked: () => existsSync(lock) && isFlocked(procRoot, lock),
  })
  return { ...seen, phase: known(seen.phase) }
}

function healthOf({ paths }: Surroundings, record: ContainerRecord, phase: Phase | null) {
  const check = checkOf(paths, record)
  if (check === null) return {}
  const checked = true as const
  return phase?.phase === 'running' ? { checked, health: seeHealth(paths, record, phase, check) } : { checked }
}

/** A payload that ended a moment ago has no cgroup any more. */
function seeLimits(around: Surroundings, { id, limits }: ContainerRecord, settling: boolean): Known<Limits> | null {
  const { mounts, kernel, rootId } = around
  return settling ? null : readKernelLimits(mounts, kernel, containerCgroup(mounts, rootId, id), limits)
}

function seeRun(
  { procRoot, mounts, rootId, ownRun: own }: Surroundings,
  { id, declaration: { spec } }: ContainerRecord,
  upkeep: Upkeep,
  { process }: Extract<Phase, { phase: 'running' }>,
): Known<RunLook> {
  const kernel = readSeenRun({ procRoot, mounts, cgroup: containerCgroup(mounts, rootId, id), spec, own }, process.pid)
  if (!kernel.known) return kernel
  const kept = upkeep.run
  const recorded = kept !== null && isSameProcess(kept.process, process) ? kept.facts : null
  return known({ recorded, kernel: kernel.value })
}

const hasEnded = ({ procRoot, bootId }: Surroundings, phase: Phase | null) =>
  phase?.phase === 'running' && liveness(procRoot, bootId, phase.process).is !== 'alive'

/** Of the current run only: a record may still hold the stop of a run before it. */
function stopOperation({ id, run, stop }: ContainerRecord, phase: Phase | null): Operation | null {
  if (stop === null || run === null || phase?.phase !== 'running') return null
  const { pid, startTicks } = phase.process
  if (run.process.pid !== pid || run.process.startTicks !== startTicks) return null
  return { kind: 'stop', containerId: id, ...stop }
}

/** config.v2.json was written after this run ended: it names the run's start and isn't running any more. */
function isExitRecorded({ paths }: Surroundings, id: string, startedAtMs: number): boolean {
  const state = readDockerState(paths, id)
  return (
    state.known && state.value !== null && state.value.status === 'exited' && state.value.startedAtMs === startedAtMs
  )
}
