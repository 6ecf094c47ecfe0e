import { writeDockerState, writeRecord } from '../dataroot/objects/containers.ts'
import { failedStartState, runningState } from '../dataroot/docker/state.ts'
import { fail, ok, type Failure, type Result } from '../model/errors.ts'
import type { StepFacts } from '../model/outcome.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { Started } from '../runtime/core.ts'
import type { ActionOf, ConvergeDeps, Executor } from './deps.ts'
import { failedStartCode } from './failed-start.ts'
import { keepBoundFiles } from './keep-files.ts'
import { prepareStart } from './prepare-start.ts'
import { storedRecord } from './records.ts'
import { keepRunFacts } from './run-facts.ts'

type StartAction = ActionOf<'start-container'>

/**
 * Starts what is recorded, then records the run. A crash after the start is found again by the run directory; a start
 * that fails is recorded with its reason, for the back-off and for people.
 */
export const startContainer: Executor<'start-container'> = async (deps, action) => {
  const record = storedRecord(deps, action.id)
  if (!record.ok) return record
  const room = await deps.makeCgroupRoom()
  if (!room.ok) return room
  const started = await start(deps, record.value, action.proxied)
  if (started.ok) return recordStarted(deps, record.value, action, started.value)
  // somebody else's lock, or a shim that is about to end: nothing that the container did, so nothing to back off from
  return started.error.code === 'E_BUSY' ? started : recordFailed(deps, record.value, action, started.error)
}

async function start(
  deps: ConvergeDeps,
  record: ContainerRecord,
  proxied: StartAction['proxied'],
): Promise<Result<Started>> {
  const prepared = prepareStart(deps, record, proxied)
  if (!prepared.ok) return prepared
  await keepBoundFiles(deps, record)
  return deps.core.start(prepared.value, record.limits)
}

/** Restarts by policy are counted; any other start begins anew. */
const counted = (record: ContainerRecord, { restart, streak }: StartAction) => ({
  count: restart ? record.restarts.count + 1 : 0,
  streak,
  requestedAtMs: null,
})

async function recordStarted(
  deps: ConvergeDeps,
  record: ContainerRecord,
  action: StartAction,
  started: Started,
): Promise<Result<StepFacts>> {
  const { paths, core } = deps
  const { pid, startTicks, startedAtMs, limits, warnings } = started
  const { health: _ofTheRunBefore, ...kept } = record
  const updated: ContainerRecord = {
    ...kept,
    restarts: { ...counted(record, action), failedStart: null },
    run: { process: { pid, startTicks, bootId: core.bootId }, startedAtMs },
    stop: null,
  }
  const written = await writeRecord(paths, updated)
  if (!written.ok) return written
  keepRunFacts(deps, updated)
  // Where that fails the next look finds it, as anything else that is not as declared.
  if (record.declaration.state === 'paused')
    await core.repair(record.id, { pid, startTicks, bootId: core.bootId }, { what: 'freeze' })
  const shown = await writeDockerState(paths, updated, runningState(pid, startedAtMs))
  return shown.ok ? ok({ pid, limitsReadBack: limits, warnings }) : shown
}

async function recordFailed(
  { paths, now }: ConvergeDeps,
  record: ContainerRecord,
  action: StartAction,
  error: Failure,
): Promise<Result<StepFacts>> {
  const code = failedStartCode(error)
  const failedStart = { atMs: now(), message: error.message, code }
  const updated = { ...record, restarts: { ...counted(record, action), failedStart } }
  const written = await writeRecord(paths, updated)
  if (!written.ok) return written
  const shown = await writeDockerState(
    paths,
    updated,
    failedStartState(error.message, code, record.run?.startedAtMs ?? null),
  )
  return shown.ok ? fail(error) : shown
}
