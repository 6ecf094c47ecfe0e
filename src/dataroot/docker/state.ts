import { exitCode } from '../../model/observed.ts'
import type { Exit } from '../../model/observed.ts'
import { known } from '../../model/errors.ts'
import type { Known } from '../../model/errors.ts'
import { timeMs } from '../files/go-time.ts'
import { containerPaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { count, flag, object, text, whole } from '../files/shape.ts'
import { readStateFile } from '../files/state-file.ts'

/** What config.v2.json says of a container's state; times in ms, null = never. */
export type DockerState = {
  readonly status: 'created' | 'running' | 'exited' | 'dead'
  readonly pid: number
  readonly exitCode: number
  readonly oomKilled: boolean
  readonly error: string
  readonly startedAtMs: number | null
  readonly finishedAtMs: number | null
}

/** An exit that nobody could learn counts as a failure; the engine itself uses 255 for it. */
const unknownExitCode = 255

export const createdState: DockerState = {
  status: 'created',
  pid: 0,
  exitCode: 0,
  oomKilled: false,
  error: '',
  startedAtMs: null,
  finishedAtMs: null,
}

export const runningState = (pid: number, startedAtMs: number): DockerState => ({
  ...createdState,
  status: 'running',
  pid,
  startedAtMs,
})

export const exitedState = (exit: Exit, startedAtMs: number): DockerState => ({
  ...createdState,
  status: 'exited',
  exitCode: exitCode(exit) ?? unknownExitCode,
  oomKilled: exit.kind === 'signal' && exit.oom,
  error: exit.kind === 'unknown' ? exit.why : '',
  startedAtMs,
  finishedAtMs: exit.atMs,
})

/** A start that failed before the payload ran: 126 not executable, 127 not found, else 128. */
export const failedStartState = (message: string, code: number, startedAtMs: number | null): DockerState => ({
  ...createdState,
  status: startedAtMs === null ? 'created' : 'exited',
  exitCode: code,
  error: message,
  startedAtMs,
  finishedAtMs: startedAtMs,
})

type StoredState = {
  readonly Running: boolean
  readonly Dead: boolean
  readonly OOMKilled: boolean
  readonly Pid: number
  readonly ExitCode: number
  readonly Error: string
  readonly StartedAt: string
  readonly FinishedAt: string
}

const configShape = object<{ readonly State: StoredState }>({
  State: object<StoredState>({
    Running: flag,
    Dead: flag,
    OOMKilled: flag,
    Pid: count,
    ExitCode: whole,
    Error: text,
    StartedAt: text,
    FinishedAt: text,
  }),
})

/** The state as config.v2.json has it; `known(null)`: there is no such file yet. */
export function readDockerState(paths: DataRootPaths, id: string): Known<DockerState | null> {
  const config = readStateFile(containerPaths(paths, id).config, configShape)
  if (!config.known || config.value === null) return config as Known<null>
  const { State: state } = config.value
  const startedAtMs = timeMs(state.StartedAt)
  return known({
    status: state.Running ? 'running' : state.Dead ? 'dead' : startedAtMs === null ? 'created' : 'exited',
    pid: state.Pid,
    exitCode: state.ExitCode,
    oomKilled: state.OOMKilled,
    error: state.Error,
    startedAtMs,
    finishedAtMs: timeMs(state.FinishedAt),
  })
}
