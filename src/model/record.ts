import type { ContainerDeclaration, Origin } from './desired.ts'
import type { HealthStatus } from './health.ts'
import type { ContainerId, ProcessIdentity } from './identity.ts'
import type { Limits } from './limits.ts'
import type { Endpoints } from './network.ts'
import type { ImageUse, RestartFacts, StopAgain } from './observed.ts'

/** Our own record of a container, `containers/<id>/reconcile.json`. Docker's files beside it are derived from it. */
export type ContainerRecord = {
  readonly version: 1
  readonly id: ContainerId
  readonly declaration: ContainerDeclaration
  readonly origin: Origin
  readonly createdAtMs: number
  /** normal form, as last applied */
  readonly limits: Limits
  readonly anonymousVolumes: Readonly<Record<string, string>>
  /** by network; missing = none */
  readonly endpoints?: Endpoints
  /** what it was made from; null: a rootfs */
  readonly image: ImageUse | null
  readonly restarts: RestartFacts
  /** the run that was last started; null before the first start */
  readonly run: { readonly process: ProcessIdentity; readonly startedAtMs: number } | null
  /** a stop that was begun for the current run, or null */
  readonly stop: { readonly sinceMs: number; readonly graceMs: number; readonly again?: StopAgain } | null
  /** of the current run, as Docker's files and the history have it; missing = starting */
  readonly health?: HealthStatus
}

/** Our own record of a volume, `volumes/<name>/reconcile.json`. */
export type VolumeRecord = {
  readonly version: 1
  readonly name: string
  readonly anonymous: boolean
  readonly removal: 'keep' | 'delete'
  readonly labels: Readonly<Record<string, string>>
  readonly origin: Origin | null
}

/** One line of `containers/<id>/history.jsonl`; the last 100 are kept. */
export type HistoryEntry = {
  readonly atMs: number
  /** passes are numbered over the life of the data-root */
  readonly pass: number
  readonly what: string
  readonly why: string
  /** `hello.yaml:10:13`, or null */
  readonly position: string | null
}

/** The shim's exit record, `containers/<id>/exit.json`. */
export type ExitRecord = {
  readonly version: 1
  readonly containerId: ContainerId
  readonly bootId: string
  readonly pid: number
  readonly startTicks: string
  readonly startedAtMs: number
  readonly finishedAtMs: number
  readonly code: number | null
  readonly signal: number | null
  readonly oomKilled: boolean
  readonly stopRequested: boolean
  readonly logLinesLost: number
}

/** The shim's `state` in the run directory. */
export type RunState = {
  readonly version: 1
  readonly containerId: ContainerId
  readonly rootId: string
  readonly bootId: string
  readonly pid: number
  readonly startTicks: string
  readonly shimPid: number
  readonly shimStartTicks: string
  readonly startedAtMs: number
  readonly warnings: readonly { readonly field: string; readonly message: string }[]
}
