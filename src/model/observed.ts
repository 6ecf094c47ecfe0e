import type { BoundFile } from './bound-file.ts'
import type { Known } from './errors.ts'
import type { ContainerDeclaration, Origin } from './desired.ts'
import type { ContainerId, ProcessIdentity } from './identity.ts'
import type { SeenHealth } from './health.ts'
import type { ImageConfig } from './image-config.ts'
import type { KernelFeatures, Limits } from './limits.ts'
import type { Hold } from './hold.ts'
import type { Endpoints, NetworkRecord } from './network.ts'
import type { LinkFault, Listener, NoFilter, ObservedSubnet } from './network-facts.ts'
import type { SeenRuleset } from './ruleset.ts'
import type { Heals } from './upkeep.ts'
import type { MountDrift } from './mount-drift.ts'
import type { RunLook } from './run-facts.ts'

/** How a process ended. `unknown`: nobody could learn it; counts as a failure and is never guessed. */
export type Exit =
  | { readonly kind: 'code'; readonly code: number; readonly atMs: number }
  | { readonly kind: 'signal'; readonly signal: number; readonly oom: boolean; readonly atMs: number }
  | { readonly kind: 'unknown'; readonly why: string; readonly atMs: number }

/** 128+n for signals, as shells and Docker say it; null when unknown. */
export const exitCode = (exit: Exit): number | null =>
  exit.kind === 'code' ? exit.code : exit.kind === 'signal' ? 128 + exit.signal : null

/** Derived from facts on the host, never stored. */
export type Phase =
  | { readonly phase: 'creating' }
  | { readonly phase: 'created' }
  /** a shim has begun a start that has not ended */
  | { readonly phase: 'starting' }
  | {
      readonly phase: 'running'
      readonly process: ProcessIdentity
      readonly startedAtMs: number
      readonly shim: 'alive' | 'lost'
    }
  | { readonly phase: 'exited'; readonly exit: Exit; readonly startedAtMs: number }
  | { readonly phase: 'deleting' }

/** What restarts need to know, kept in the record because a reboot would lose it. */
export type RestartFacts = {
  /** automatic restarts since the first start for this spec; shown as RESTARTS */
  readonly count: number
  /** automatic restarts without a run of 10 s between them; the back-off grows with it */
  readonly streak: number
  /** a `reconcile restart` that no start has answered yet (ms), or null */
  readonly requestedAtMs: number | null
  /** a start that failed before the payload ran, and why; null after a good start */
  readonly failedStart: { readonly atMs: number; readonly message: string; readonly code: number } | null
}

/** A stop after which it is started again as if it had crashed, the same one or a new one. */
export type StopAgain = { readonly streak: number; readonly recreate: boolean }

export type ObservedContainer = {
  readonly id: ContainerId
  /** what the record says was declared when it was last applied */
  readonly declaration: ContainerDeclaration
  readonly origin: Origin
  readonly createdAtMs: number
  readonly phase: Known<Phase>
  /** limits as last applied, in normal form */
  readonly recordedLimits: Limits
  /** limits as the kernel has them, in normal form; only of a running container */
  readonly kernelLimits: Known<Limits> | null
  /** recorded mounts that its mount table doesn't show as recorded; only of a running container, missing = none */
  readonly mountDrifts?: Known<readonly MountDrift[]>
  /** bound files whose content has changed; only of a running container, missing = none */
  readonly files?: readonly BoundFile[]
  /** its first process beside its limits; only of a running container, missing = not looked at */
  readonly look?: Known<RunLook> | null
  /** somebody's word that it is left alone; it may be over. Missing = none */
  readonly hold?: Hold | null
  /** by field, what was healed of it; missing = nothing */
  readonly heals?: Readonly<Record<string, Heals>>
  readonly restarts: RestartFacts
  /** target → name of the volume (64 hex digits) */
  readonly anonymousVolumes: Readonly<Record<string, string>>
  /** by network, as recorded; missing = none */
  readonly endpoints?: Endpoints
  /** what the kernel shows of its interfaces other than recorded; only of a running container, missing = not looked at */
  readonly linkFaults?: Known<readonly LinkFault[]>
  /** what processes of ours beside it should do for it and don't: `names`; only of a running container, missing = not looked at */
  readonly serviceFaults?: Known<readonly LinkFault[]>
  /** what it was made from; null: a rootfs */
  readonly image: ImageUse | null
  /** false: its exit is not yet folded into config.v2.json */
  readonly exitRecorded: boolean
  /** the run that ended was ended by a stop of ours (`record.stop`), so its exit says nothing; missing = false */
  readonly stopRequested?: boolean
  /** that stop was for its ill health; missing = it was not */
  readonly stoppedFor?: StopAgain
  /** its record has a check, whether it runs or not; missing = none */
  readonly checked?: true
  /** only of a running container with a check; missing = none */
  readonly health?: SeenHealth
  /** a live watcher serves its source */
  readonly watched: boolean
}

export type ObservedVolume = {
  readonly name: string
  /** null: nobody's manifest declared it (made because a mount named it, or anonymous, or not ours) */
  readonly origin: Origin | null
  readonly removal: 'keep' | 'delete'
  readonly labels: Readonly<Record<string, string>>
  readonly anonymous: boolean
}

/** A network of ours. `faults`: what the kernel shows of its bridge and of forwarding other than recorded; missing = not looked at. */
export type ObservedNetwork = Omit<NetworkRecord, 'version'> & { readonly faults?: Known<readonly LinkFault[]> }

/** `id`: `sha256:<64 hex digits>`; `reference`: the familiar text that led to it */
export type ImageUse = { readonly id: string; readonly reference: string }

/** What a reference means in the image stores now. */
export type ObservedImage =
  | { readonly state: 'present'; readonly id: string; readonly config: ImageConfig }
  | { readonly state: 'absent' }

export type StopOperation = {
  readonly kind: 'stop'
  readonly containerId: ContainerId
  readonly sinceMs: number
  readonly graceMs: number
}
/** Runs inside this process. */
export type PullOperation = { readonly kind: 'pull'; readonly reference: string; readonly sinceMs: number }

/** Begun by a step, ends later; its end is an event that wakes the next pass. */
export type Operation = StopOperation | PullOperation

/** `attempts` in a row without a pull that went well between them */
export type PullFailure = { readonly atMs: number; readonly attempts: number; readonly message: string }

/**
 * A run of this data-root that lives, and whose record can't be read. `copied`: a copy tells what it is, so it is among the
 * containers, and a pass restores it first; `lost`: nothing does.
 */
export type UnrecordedRun = {
  readonly id: ContainerId
  readonly pid: number
  readonly record: 'copied' | 'lost'
}

export type ObservedState = {
  readonly nowMs: number
  readonly bootId: string
  readonly kernel: KernelFeatures
  /** all candidates, also several of one name: choosing is the planner's job; sorted by id */
  readonly containers: readonly ObservedContainer[]
  readonly volumes: readonly ObservedVolume[]
  readonly operations: readonly Operation[]
  /** of every reference that the desired state, or a record that may stand in for it, names */
  readonly images: Readonly<Record<string, ObservedImage>>
  /** reference → its last pull in this process, if that failed */
  readonly pullFailures: Readonly<Record<string, PullFailure>>
  /** reference → its last good pull in this process; `pull: always` needs one */
  readonly pullsDone: Readonly<Record<string, { readonly atMs: number; readonly id: string }>>
  /** bind sources and root file systems that the desired state names: absolute path → what is there now */
  readonly bindSources: Readonly<Record<string, Known<'directory' | 'file' | 'other' | 'absent'>>>
  /** bind sources that must be mount points and are none; missing = none */
  readonly unmountedSources?: readonly string[]
  /** missing = none */
  readonly networks?: readonly ObservedNetwork[]
  /** what stands in the way of new networks and ports; missing = nothing */
  readonly subnets?: readonly ObservedSubnet[]
  readonly listeners?: readonly Listener[]
  /** missing = not looked at, or there is no packet filter */
  readonly ruleset?: Known<SeenRuleset>
  /** missing = there is a packet filter, or it was not looked for */
  readonly noFilter?: NoFilter
  /** why no bridge can be made here; missing: one can, or nobody wants one */
  readonly noBridges?: string
  /** running containers on networks whom nobody answers at 127.0.0.11; missing = not looked at */
  readonly unserved?: Known<readonly Unserved[]>
  /** the pid of a resolver that is there and says nothing; missing = none is */
  readonly silentResolver?: number
  /** what the proxy holds for running containers; missing = not looked at */
  readonly proxied?: Known<readonly HeldRun[]>
  /** missing = none */
  readonly unrecorded?: readonly UnrecordedRun[]
  /** the containers that were read for this state; all else is as an earlier look saw it. Missing: all was read */
  readonly fresh?: ReadonlySet<ContainerId>
}

export type Unserved = { readonly id: ContainerId; readonly process: ProcessIdentity }

/** `sockets`: as `socketTexts` writes them */
export type ProxiedRun = Unserved & { readonly sockets: readonly string[] }
/** `missing`: why some of its sockets aren't held */
export type HeldRun = Omit<ProxiedRun, 'process'> & { readonly missing: readonly string[] }

/** How much of the host is read: all of it, or what something has happened to since the last look. */
export type Extent = 'all' | 'touched'

/** Runs of which nothing is known: they may have any name, and use any volume. */
export const lostRuns = ({ unrecorded = [] }: Pick<ObservedState, 'unrecorded'>): readonly UnrecordedRun[] =>
  unrecorded.filter(({ record }) => record === 'lost')
