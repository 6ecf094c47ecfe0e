import { exitOf } from '../dataroot/records/exit-record.ts'
import type { ProcessIdentity } from '../model/identity.ts'
import type { Exit, Phase } from '../model/observed.ts'
import type { ContainerRecord, ExitRecord, RunState } from '../model/record.ts'
import { isSameProcess, type Liveness } from './processes.ts'

/** All that tells what became of a container's last run. */
export type RunEvidence = {
  readonly bootId: string
  readonly nowMs: number
  readonly recordedRun: ContainerRecord['run']
  readonly recordedStop: ContainerRecord['stop']
  /** the shim's `state` in the run directory */
  readonly runState: RunState | null
  readonly exitRecord: ExitRecord | null
  readonly look: (process: ProcessIdentity) => Liveness
  /** a live shim holds the run directory's lock */
  readonly isLocked: () => boolean
}

/** `settling`: a shim is in the middle of a start or an end, and a look some milliseconds later says more. */
export type SeenPhase = {
  readonly phase: Phase
  readonly settling: boolean
  /** exited because of a stop of ours */
  readonly stopRequested: boolean
}

type Run = {
  readonly process: ProcessIdentity
  readonly startedAtMs: number
  readonly shim: ProcessIdentity | null
}

/** The phase of a container that is completely made and not being deleted. */
export function runPhase(evidence: RunEvidence): SeenPhase {
  if (evidence.runState === null && evidence.isLocked()) return settling({ phase: 'starting' })
  const run = latestRun(evidence)
  if (run === null) return settled({ phase: 'created' })
  const payload = evidence.look(run.process)
  const shimLives = run.shim !== null && evidence.look(run.shim).is === 'alive'
  if (payload.is === 'alive') return settled(running(run, shimLives))
  const exit = recordedExit(evidence.exitRecord, run.process)
  if (exit === null && shimLives) return settling(running(run, true))
  return {
    phase: { phase: 'exited', exit: exit ?? unrecordedExit(evidence, run, payload), startedAtMs: run.startedAtMs },
    settling: shimLives,
    stopRequested: wasStopped(evidence, run.process),
  }
}

const settled = (phase: Phase): SeenPhase => ({ phase, settling: false, stopRequested: false })
const settling = (phase: Phase): SeenPhase => ({ phase, settling: true, stopRequested: false })

/** The shim knows of a stop that no pass lived to record, and the record of one whose exit no shim lived to write. */
const wasStopped = ({ recordedRun, recordedStop, exitRecord }: RunEvidence, process: ProcessIdentity): boolean =>
  exitRecord !== null && isSameProcess(exitRecord, process)
    ? exitRecord.stopRequested
    : recordedStop !== null && recordedRun !== null && isSameProcess(recordedRun.process, process)

const running = ({ process, startedAtMs }: Run, shimLives: boolean): Phase => ({
  phase: 'running',
  process,
  startedAtMs,
  shim: shimLives ? 'alive' : 'lost',
})

/**
 * A pass that died after a start has not recorded that run, so the shim's own traces count too. What the run directory
 * says of this boot is the newest; else the later of the record and the exit record.
 */
function latestRun({ bootId, recordedRun, runState, exitRecord }: RunEvidence): Run | null {
  if (runState !== null && runState.bootId === bootId) return runOfState(runState)
  const ended: Run | null =
    exitRecord === null ? null : { process: exitRecord, startedAtMs: exitRecord.startedAtMs, shim: null }
  const recorded: Run | null = recordedRun === null ? null : { ...recordedRun, shim: null }
  if (ended === null || recorded === null) return recorded ?? ended
  return isLater(ended, recorded, bootId) ? ended : recorded
}

/** Within a boot the kernel's ticks tell, which no clock that is set can turn round; of earlier boots only the clock does. */
function isLater(one: Run, other: Run, bootId: string): boolean {
  const boots = [one.process.bootId, other.process.bootId]
  if (boots[0] === boots[1]) return BigInt(one.process.startTicks) > BigInt(other.process.startTicks)
  return boots.includes(bootId) ? boots[0] === bootId : one.startedAtMs > other.startedAtMs
}

const runOfState = (state: RunState): Run => ({
  process: { pid: state.pid, startTicks: state.startTicks, bootId: state.bootId },
  startedAtMs: state.startedAtMs,
  shim: { pid: state.shimPid, startTicks: state.shimStartTicks, bootId: state.bootId },
})

/** The exit that was written down for exactly this run; null when the record is of another one. */
const recordedExit = (record: ExitRecord | null, process: ProcessIdentity): Exit | null =>
  record !== null && isSameProcess(record, process) ? exitOf(record) : null

function unrecordedExit({ bootId, nowMs }: RunEvidence, run: Run, payload: Liveness): Exit {
  if (payload.is === 'zombie') return exitOfWaitStatus(payload.waitStatus, nowMs)
  const why =
    run.process.bootId === bootId ? 'its shim died before it could record the exit' : 'the host restarted while it ran'
  return { kind: 'unknown', why, atMs: nowMs }
}

/** wait(2): the low seven bits are the signal, the next byte the code. */
const exitOfWaitStatus = (status: number, atMs: number): Exit =>
  (status & 0x7f) === 0
    ? { kind: 'code', code: (status >> 8) & 0xff, atMs }
    : { kind: 'signal', signal: status & 0x7f, oom: false, atMs }
