import type { DataRootPaths } from '../dataroot/layout/paths.ts'
import type { Action, ActionKind } from '../model/action.ts'
import type { KeptFile } from '../model/bound-file.ts'
import type { BindMount, ContainerSpec } from '../model/desired.ts'
import type { Known, Result } from '../model/errors.ts'
import type { StepFacts } from '../model/outcome.ts'
import type { Reason } from '../model/plan.ts'
import type { RunFacts } from '../model/run-facts.ts'
import type { Core } from '../runtime/core.ts'

/** What carrying out a step needs. `now` in ms since the epoch. */
export type ConvergeDeps = {
  readonly paths: DataRootPaths
  readonly rootId: string
  readonly core: Core
  readonly now: () => number
  /** what `ALL` may mean here; see readHeldCapabilities */
  readonly heldCapabilities: bigint
  /** how a process is that was just started for this spec */
  readonly readRunFacts: (pid: number, spec: ContainerSpec) => Known<RunFacts>
  /** cgroups can be made: where systemd owns the tree, it gave a place for them */
  readonly makeCgroupRoom: () => Promise<Result<void>>
  /** what is in bound files now, by target */
  readonly readBoundFiles: (mounts: readonly BindMount[]) => Promise<Readonly<Record<string, KeptFile>>>
  /** begins the pull of a reference, unless one runs */
  readonly beginPull: (reference: string) => void
}

export type ActionOf<K extends ActionKind> = Extract<Action, { readonly kind: K }>

/** Carries out one action: milliseconds, no decisions. May be repeated after a crash at any point of it. */
export type Executor<K extends ActionKind> = (
  deps: ConvergeDeps,
  action: ActionOf<K>,
  reason: Reason,
) => Promise<Result<StepFacts>>
