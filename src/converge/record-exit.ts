import { writeDockerState, writeRecord } from '../dataroot/objects/containers.ts'
import { exitedState } from '../dataroot/docker/state.ts'
import { replaceFile } from '../dataroot/files/atomic.ts'
import { readExitRecord, readKeptExit } from '../dataroot/records/exit-record.ts'
import { attempt } from '../dataroot/files/io.ts'
import { containerPaths } from '../dataroot/layout/paths.ts'
import { readRunState } from '../dataroot/records/run-state.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import type { ProcessIdentity } from '../model/identity.ts'
import type { Exit } from '../model/observed.ts'
import type { ContainerRecord, ExitRecord } from '../model/record.ts'
import type { ConvergeDeps, Executor } from './deps.ts'
import { storedRecord } from './records.ts'

/**
 * Folds the exit that was seen into Docker's files. An exit that no shim lived to write down is written here first: it
 * would else be seen anew, at another time, in every pass.
 */
export const recordExit: Executor<'record-exit'> = async (deps, { id }, reason) => {
  const record = storedRecord(deps, id)
  if (!record.ok) return record
  if (reason.code !== 'exit-seen') return fail({ code: 'E_INTERNAL', message: `record-exit because of ${reason.code}` })
  const ended = endedRun(deps, record.value, reason.exit)
  if (ended === null) return fail({ code: 'E_STATE', message: 'an exit was seen, but no run is recorded' })
  const known = await writeMissingExit(deps, record.value, ended, reason.exit)
  if (!known.ok) return known
  const updated = { ...record.value, run: ended }
  // Side by side: a restart waits for both, and one without the other is done again.
  const [written, shown] = await Promise.all([
    writeRecord(deps.paths, updated),
    writeDockerState(deps.paths, updated, exitedState(reason.exit, ended.startedAtMs)),
  ])
  return !written.ok ? written : shown.ok ? ok({}) : shown
}

type Run = NonNullable<ContainerRecord['run']>

/** The run that the exit belongs to: the one whose end the shim wrote down, else the last one that left a trace. */
function endedRun({ paths, rootId, core }: ConvergeDeps, { id, run }: ContainerRecord, exit: Exit): Run | null {
  const written = readExitRecord(paths, rootId, id)
  if (written.known && written.value?.finishedAtMs === exit.atMs) return runOf(written.value)
  const state = readRunState(paths, rootId, id)
  return state.known && state.value?.bootId === core.bootId ? runOf(state.value) : run
}

const runOf = ({ pid, startTicks, bootId, startedAtMs }: ProcessIdentity & { readonly startedAtMs: number }): Run => ({
  process: { pid, startTicks, bootId },
  startedAtMs,
})

async function writeMissingExit(deps: ConvergeDeps, { id, stop }: ContainerRecord, run: Run, exit: Exit) {
  const { paths, rootId, core } = deps
  const kept = readKeptExit(paths, rootId, id)
  if (kept.known && kept.value !== null) {
    const moved = writeExit(deps, kept.value)
    // nothing lives there any more
    return moved.ok ? core.cleanup(id) : moved
  }
  const written = readExitRecord(paths, rootId, id)
  if (written.known && written.value?.finishedAtMs === exit.atMs) return ok(undefined)
  const record: ExitRecord = {
    version: 1,
    containerId: id,
    ...run.process,
    startedAtMs: run.startedAtMs,
    finishedAtMs: exit.atMs,
    code: exit.kind === 'code' ? exit.code : null,
    signal: exit.kind === 'signal' ? exit.signal : null,
    oomKilled: exit.kind === 'signal' && exit.oom,
    stopRequested: stop !== null,
    logLinesLost: 0,
  }
  return writeExit(deps, record)
}

function writeExit({ paths }: ConvergeDeps, record: ExitRecord): Result<void> {
  const path = containerPaths(paths, record.containerId).exit
  return attempt('write', path, () => replaceFile(path, `${JSON.stringify(record)}\n`, 0o600))
}
