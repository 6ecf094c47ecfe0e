import type { Failure } from '../model/errors.ts'
import type { Limits } from '../model/limits.ts'
import type { StartPlan } from './plan.ts'
import type { WireLimits } from './wire-limits.ts'

/** One life of a container: its first process and its shim. */
export type Run = {
  readonly containerId: string
  readonly pid: number
  readonly startTicks: string
  readonly shimPid: number
  readonly shimStartTicks: string
}

/** What is recorded of a run whose directory was deleted. */
export type LostRun = Pick<Run, 'pid' | 'startTicks'> & { readonly plan: StartPlan; readonly startedAtMs: number }

type CoreWarning = { readonly field: string; readonly message: string }

export type WireStarted = Omit<Run, 'containerId'> & {
  readonly startedAtMs: number
  readonly warnings: readonly CoreWarning[]
  /** Read back from the kernel. */
  readonly limits: WireLimits
}

export type Started = Omit<WireStarted, 'limits'> & { readonly limits: Limits }

/** What happened, as a hint to look: the facts are on the host. */
export type CoreEvent =
  /** `settled`: the shim has ended too, so the exit record is as good as it gets. False is followed by true. */
  | {
      readonly type: 'exit'
      readonly containerId: string
      readonly pid: number
      readonly startTicks: string
      readonly settled: boolean
    }
  /** Somebody, maybe we, wrote a file in one of the container's cgroups. */
  | { readonly type: 'limits'; readonly containerId: string }
  | { readonly type: 'shimLost'; readonly containerId: string }
  /** A container's mount table changed; null: the host's, or, where there is a path, what stands at that bind source. */
  | { readonly type: 'mounts'; readonly containerId: string | null; readonly path?: string }
  /** Links, addresses or routes changed in a container's network namespace; null: in the host's, or whether it forwards. */
  | { readonly type: 'links'; readonly containerId: string | null }
  /** The table of nftables that is named with our root id changed. */
  | { readonly type: 'ruleset' }
  /** The resolver ended. */
  | { readonly type: 'resolver' }
  /** The proxy ended. */
  | { readonly type: 'proxy' }
  /** Events were lost: look at everything. */
  | { readonly type: 'overflow' }

export type OpDone =
  | { readonly type: 'opDone'; readonly op: number; readonly ok: true; readonly result: unknown }
  | { readonly type: 'opDone'; readonly op: number; readonly ok: false; readonly error: Failure }

export type CoreFeatures = {
  /** Can an overlay be mounted on `probeDir`? If not, `overlayWhy` tells. */
  readonly overlay: boolean
  readonly overlayWhy: string
  /** False: it wasn't tried, or the try failed for a reason that has nothing to do with overlays. */
  readonly overlayTried: boolean
}

export type CoreConfig = {
  readonly rootId: string
  /** The core keeps its files in `<runDir>/<rootId>`, which it makes, 0700; null: it only looks. */
  readonly runDir: string | null
  readonly shimPath: string
  /** `[<a cgroup that was delegated to us>/]reconcile-<rootId>` */
  readonly cgroupParent: string
  /** An absolute directory: the cgroup of the shims; null or absent: they stay in that of this process. */
  readonly shimCgroup?: string | null
  /** A directory on the file system of the writable layers, where an overlay is tried; null or absent: not tried. */
  readonly probeDir?: string | null
}

export type Opened = {
  readonly handle: number
  readonly eventFd: number
  readonly bootId: string
  readonly features: CoreFeatures
}

/** `code` null: it was ended by a signal, or took too long. */
export type RanNft = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
