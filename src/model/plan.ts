import type { Action, ChangeClass } from './action.ts'
import type { Condition, Origin } from './desired.ts'
import type { HealthStatus, ProbeResult } from './health.ts'
import type { Exit } from './observed.ts'
import type { ContainerId, Position, Subject } from './identity.ts'
import type { MountObstacle } from './mount-change.ts'
import type { MountDrift } from './mount-drift.ts'
import type { LimitField, Unenforceable } from './limits.ts'
import type { Deviation } from './run-facts.ts'

/** A limit with its three values; null = unlimited. */
export type LimitChange = {
  readonly field: LimitField
  readonly desired: Limit
  readonly recorded: Limit
  readonly kernel: Limit | undefined
}
export type Limit = number | string | null

/** Why a step is there: a code with its evidence. */
export type Reason =
  | { readonly code: 'missing' }
  | { readonly code: 'undeclared' }
  /** a default network that nobody is on any more */
  | { readonly code: 'unused' }
  | { readonly code: 'duplicate'; readonly of: string }
  /** dotted manifest paths, e.g. `spec.command` */
  | {
      readonly code: 'spec-changed'
      readonly fields: readonly string[]
      /** why its mounts aren't changed in place; missing: they are the same, or could be */
      readonly because?: MountObstacle
    }
  | { readonly code: 'record-changed'; readonly fields: readonly string[] }
  | { readonly code: 'limits-changed'; readonly changes: readonly LimitChange[] }
  /** the kernel differs from what was last applied; no pass of ours wrote it */
  | { readonly code: 'drifted'; readonly changes: readonly LimitChange[] }
  /** the kernel's mount table differs from what was last applied */
  | { readonly code: 'mount-drifted'; readonly drift: MountDrift }
  /** the same of what a run was given beside its limits */
  | { readonly code: 'deviated'; readonly deviation: Deviation }
  /** what is in a bound file */
  | { readonly code: 'file-changed'; readonly source: string; readonly target: string }
  /** nothing was kept of it: what is in it now is what its process was given */
  | { readonly code: 'file-unknown'; readonly source: string; readonly target: string }
  /** what the kernel shows of a network, or of a container's interfaces, is not what was recorded */
  | { readonly code: 'links-drifted'; readonly faults: readonly string[]; readonly fields: readonly string[] }
  | { readonly code: 'ruleset-drifted' }
  /** networks or published ports have changed */
  | { readonly code: 'ruleset-outdated' }
  /** nobody answers these many containers at 127.0.0.11. silent: the pid of a resolver that hangs; missing: none does */
  | { readonly code: 'unserved'; readonly count: number; readonly silent?: number }
  /** the proxy doesn't hold their ports, or holds others */
  | { readonly code: 'unproxied'; readonly names: readonly string[] }
  | { readonly code: 'not-started' }
  | { readonly code: 'exited'; readonly exit: Exit }
  | { readonly code: 'start-failed'; readonly message: string }
  | { readonly code: 'restart-requested' }
  | { readonly code: 'should-be-stopped' }
  /** `restartWith`: a newer run of what it depends on */
  | { readonly code: 'dependency-restarted'; readonly on: string }
  | { readonly code: 'interrupted'; readonly during: 'create' | 'delete' }
  | { readonly code: 'shim-lost' }
  | { readonly code: 'needed-by'; readonly subject: string }
  | { readonly code: 'exit-seen'; readonly exit: Exit }
  | { readonly code: 'health-changed'; readonly from: HealthStatus; readonly last: ProbeResult | null }
  | { readonly code: 'unhealthy'; readonly last: ProbeResult | null }
  /** `for`: the container that needs it, the first of several */
  | { readonly code: 'image-missing'; readonly for: string }
  /** `pull: always`, and this process has not asked the registry yet */
  | { readonly code: 'pull-always'; readonly for: string }
  /** ids of images: what the container was made from, and what its reference means now */
  | { readonly code: 'tag-moved'; readonly from: string; readonly to: string }

export type StepId = number

export type Step = {
  readonly id: StepId
  readonly subject: Subject
  readonly action: Action
  readonly reason: Reason
  readonly class: ChangeClass
  /** ids of earlier steps of this plan that must be done before */
  readonly after: readonly StepId[]
  /** the manifest's place that explains the step best; null for what no manifest declares any more */
  readonly position: Position | null
}

export type Waiting = {
  readonly subject: Subject
  readonly for:
    | { readonly code: 'stop'; readonly untilMs: number }
    | { readonly code: 'start' }
    | {
        readonly code: 'back-off'
        readonly untilMs: number
        readonly exit: Exit | null
        readonly failedStart: string | null
      }
    | { readonly code: 'second-look'; readonly untilMs: number }
    | { readonly code: 'pull'; readonly reference: string; readonly sinceMs: number }
    /** a one-shot that still runs: `--once` waits for its end */
    | { readonly code: 'completion' }
    /** it runs, and its check does not call it healthy; `untilMs`: then it is restarted for that */
    | {
        readonly code: 'health'
        readonly status: HealthStatus
        readonly sinceMs: number
        readonly last: ProbeResult | null
        readonly untilMs?: number
      }
    /** a bind source that must be a mount point */
    | { readonly code: 'mount'; readonly path: string }
    /** a bound file is being written, or was just now */
    | { readonly code: 'file'; readonly path: string; readonly untilMs: number }
    /** another container that is not yet so far; `sinceMs`: from when on only that was in the way */
    | { readonly code: 'dependency'; readonly on: string; readonly condition: Condition; readonly sinceMs: number }
    /** it is stopped once the one that depends on it has stopped; `untilMs`: that stop is under way */
    | { readonly code: 'dependant'; readonly name: string; readonly untilMs?: number }
}

/** Why a dependency will not be met without something from outside. */
export type Unmet =
  | { readonly kind: 'failed'; readonly exit: Exit }
  | { readonly kind: 'stopped' }
  /** it is blocked itself, which is told of it */
  | { readonly kind: 'blocked' }
  | { readonly kind: 'undeclared' }
  | { readonly kind: 'foreign'; readonly source: string }
  | { readonly kind: 'cycle'; readonly path: string }

/** Why a fixed address can't be had. */
export type AddressFault =
  | { readonly kind: 'outside'; readonly subnet: string }
  | { readonly kind: 'family' }
  | { readonly kind: 'gateway' }
  | { readonly kind: 'taken'; readonly by: string }

export type Refusal =
  | { readonly code: 'unreadable'; readonly why: string }
  /** nobody declares it any more, and somebody holds it */
  | { readonly code: 'held'; readonly untilMs: number; readonly reason: string }
  | { readonly code: 'would-lose-data'; readonly usedBy: string | null }
  | { readonly code: 'restarts-exhausted'; readonly attempts: number; readonly exit: Exit }
  /** a one-shot (or the last try) ended with another code than 0, for this spec */
  | { readonly code: 'failed'; readonly exit: Exit }
  | {
      readonly code: 'empty-source'
      readonly source: string
      readonly read: 'empty' | 'vanished'
      readonly objects: number
    }
  | { readonly code: 'unenforceable'; readonly limits: readonly Unenforceable[] }
  /** a run of which nothing is known lives: it may have this name, or use this volume */
  | { readonly code: 'record-lost'; readonly id: ContainerId; readonly pid: number }
  | { readonly code: 'owned-by'; readonly origin: Origin }
  | { readonly code: 'dependency'; readonly on: string; readonly condition: Condition; readonly why: Unmet }
  /** `by`: the other network, or what of the host */
  | { readonly code: 'subnet-taken'; readonly subnet: string; readonly by: string }
  | { readonly code: 'subnets-exhausted' }
  | { readonly code: 'no-bridges'; readonly why: string }
  /** `why` there is no packet filter; `setting`: the switch that is on, by which networks would reach one another */
  | { readonly code: 'no-filter'; readonly why: string; readonly setting: string }
  | { readonly code: 'network-used'; readonly by: string }
  | { readonly code: 'network-undeclared'; readonly network: string }
  | { readonly code: 'address'; readonly network: string; readonly address: string; readonly why: AddressFault }
  | { readonly code: 'addresses-exhausted'; readonly network: string; readonly subnet: string }
  | { readonly code: 'port-taken'; readonly port: string; readonly by: string }
  /** `why` missing: all its networks are internal */
  | { readonly code: 'port-unreachable'; readonly why?: string }
  | {
      readonly code: 'bind-source'
      readonly what: 'bind source' | 'rootfs'
      readonly path: string
      readonly why: string
    }
  /** a bound file with `onChange` that can't be told apart from what it was */
  | { readonly code: 'file'; readonly path: string; readonly why: string }
  /** a mount of a running container that nothing puts right under it */
  | { readonly code: 'mount'; readonly drift: MountDrift }
  /** `pull: never`, and the image is not here */
  | { readonly code: 'image-absent'; readonly reference: string }
  | {
      readonly code: 'pull-failed'
      readonly reference: string
      readonly message: string
      readonly attempts: number
      readonly untilMs: number
    }

export type Blocked = { readonly subject: Subject; readonly refusal: Refusal; readonly position: Position | null }

/** Not as declared, and left so on purpose: neither pending nor a failure. */
export type LeftAlone = {
  readonly subject: Subject
  readonly why:
    | { readonly code: 'hold'; readonly untilMs: number; readonly reason: string }
    /** the manifest says `heal: report` */
    | { readonly code: 'report'; readonly fields: readonly string[] }
    /** healed several times in a row, and changed back each time */
    | { readonly code: 'fighting'; readonly fields: readonly string[]; readonly untilMs: number }
    /** a bound file changes more often than it is answered */
    | { readonly code: 'changing'; readonly path: string; readonly untilMs: number }
}

/** Shown, neither drift nor success. */
export type Notice = {
  readonly subject: Subject
  readonly unenforceable: readonly Unenforceable[]
  /** its default network, and why that can't be had here; missing: it is not that */
  readonly withoutNetwork?: { readonly name: string; readonly why: string }
  /** what a network is without where the host has no packet filter, and why; missing: nothing */
  readonly withoutFilter?: { readonly lacks: 'filter' | 'forwarding' | 'isolation'; readonly why: string }
  readonly position: Position | null
}

/** Pure data: print it, diff it, execute it. Steps stand in a valid order. */
export type Plan = {
  readonly steps: readonly Step[]
  readonly waiting: readonly Waiting[]
  readonly blocked: readonly Blocked[]
  readonly notices: readonly Notice[]
  /** missing = nothing */
  readonly left?: readonly LeftAlone[]
}
