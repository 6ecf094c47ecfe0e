import type { KeptFile } from './bound-file.ts'
import type { DesiredContainer, DesiredVolume, Mount, StopRule } from './desired.ts'
import type { HealthStatus } from './health.ts'
import type { ContainerId, ProcessIdentity } from './identity.ts'
import type { Limits } from './limits.ts'
import type { Endpoints, NetworkRecord } from './network.ts'
import type { Ruleset } from './ruleset.ts'
import type { MountsChange } from './mount-change.ts'
import type { MountRepair } from './mount-drift.ts'
import type { ImageUse, ProxiedRun, StopAgain, Unserved } from './observed.ts'
import type { Repair } from './run-facts.ts'

/** One action is one call below, of milliseconds. What takes longer is begun here and ends as an event. */
export type Action =
  | {
      readonly kind: 'create-volume'
      readonly name: string
      readonly volume: DesiredVolume | null
      readonly anonymous: boolean
    }
  /** labels, owner or removal rule of a volume that exists */
  | { readonly kind: 'update-volume'; readonly name: string; readonly volume: DesiredVolume }
  | { readonly kind: 'delete-volume'; readonly name: string }
  /** its record, and its bridge made as recorded */
  | ({ readonly kind: 'create-network' } & NetworkSetting)
  | ({ readonly kind: 'update-network' } & NetworkSetting)
  | { readonly kind: 'delete-network'; readonly network: Pick<NetworkRecord, 'id'> & { readonly name: string } }
  /** addresses and interfaces of a container; null: it does not run */
  | {
      readonly kind: 'connect-container'
      readonly id: ContainerId
      readonly process: ProcessIdentity | null
      readonly endpoints: Endpoints
    }
  /** null: nothing of ours is needed in it any more */
  | { readonly kind: 'apply-ruleset'; readonly ruleset: Ruleset | null }
  /** the resolver answers them, and is there */
  | { readonly kind: 'serve-names'; readonly runs: readonly Unserved[] }
  /** the proxy holds exactly these sockets for them, and is there */
  | { readonly kind: 'proxy-ports'; readonly runs: readonly ProxiedRun[] }
  | {
      readonly kind: 'create-container'
      readonly id: ContainerId
      readonly container: DesiredContainer
      readonly limits: Limits
      /** also of the image's VOLUMEs that no mount covers */
      readonly anonymousVolumes: Readonly<Record<string, string>>
      /** missing = none */
      readonly endpoints?: Endpoints
      /** null: a rootfs */
      readonly image: ImageUse | null
    }
  /** `restart`: counts as an automatic restart; `streak` as in RestartFacts */
  | {
      readonly kind: 'start-container'
      readonly id: ContainerId
      readonly restart: boolean
      readonly streak: number
      /** what the proxy holds for it, as of ProxiedRun; missing = nothing */
      readonly proxied?: readonly string[]
    }
  /** `again`: the start after it counts as one after a crash */
  | {
      readonly kind: 'begin-stop'
      readonly id: ContainerId
      readonly stop: StopRule
      readonly again?: StopAgain
    }
  | {
      readonly kind: 'update-limits'
      readonly id: ContainerId
      readonly limits: Limits
      readonly container: DesiredContainer
    }
  /** one mount of a running container, as it was recorded */
  | {
      readonly kind: 'repair-mount'
      readonly id: ContainerId
      readonly process: ProcessIdentity
      readonly mount: Mount
      readonly edit: MountRepair
      /** how many mounts lie on it; missing = one, or none */
      readonly covers?: number
    }
  /** one fact of a running process is put right under it */
  | {
      readonly kind: 'repair-run'
      readonly id: ContainerId
      readonly process: ProcessIdentity
      readonly repair: Repair
    }
  /** the content of a bound file has changed: its process is told by a signal (null: by none), and what it was told of is kept */
  | {
      readonly kind: 'answer-change'
      readonly id: ContainerId
      readonly process: ProcessIdentity
      readonly target: string
      readonly file: KeptFile
      readonly signal: string | null
    }
  /** restart policy, stop rule, labels, owner, declared limits: only the record changes, but for what `run` says */
  | {
      readonly kind: 'update-record'
      readonly id: ContainerId
      readonly container: DesiredContainer
      readonly limits: Limits
      readonly run?: RunChange
    }
  /** folds an exit into config.v2.json */
  | { readonly kind: 'record-exit'; readonly id: ContainerId }
  /** folds what the probes said last into Docker's files */
  | { readonly kind: 'record-health'; readonly id: ContainerId; readonly status: HealthStatus }
  /** a new shim for a run whose shim died */
  | { readonly kind: 'adopt-container'; readonly id: ContainerId }
  /** several containers may wait for it; ends as an event */
  | { readonly kind: 'begin-pull'; readonly reference: string }
  | { readonly kind: 'delete-container'; readonly id: ContainerId; readonly deleteVolumes: readonly string[] }

/** `unguarded`: no rules keep it apart (yet), so nothing is opened that they guard; missing: they do, or it has none on purpose. */
export type NetworkSetting = { readonly network: NetworkRecord; readonly unguarded?: true }

/** What changes under a running process before its record does. */
export type RunChange = {
  readonly process: ProcessIdentity
  readonly repairs: readonly Repair[]
  /** of /dev/shm; null: it stays */
  readonly shmSizeBytes: number | null
  /** missing: they stay */
  readonly mounts?: MountsChange
}

export type ActionKind = Action['kind']

const ofOne = [
  'update-limits',
  'repair-run',
  'repair-mount',
  'record-exit',
  'record-health',
  'start-container',
] as const
type ActionOfOne = Extract<Action, { readonly kind: (typeof ofOne)[number] }>
const isOfOne = (action: Action): action is ActionOfOne => ofOne.some(kind => kind === action.kind)
/** Without new mounts, which may make volumes. */
const isRecordOnly = (action: Action): action is Extract<Action, { readonly kind: 'update-record' }> =>
  action.kind === 'update-record' && action.run?.mounts === undefined

/** The container that an action alone is about, so that nothing else has to be looked at after it; null: it is about more. */
export const onlyAbout = (action: Action): ContainerId | null =>
  isOfOne(action) || isRecordOnly(action) ? action.id : null

/** How much a step disturbs; the plan's text says it. */
export type ChangeClass = 'create' | 'in-place' | 'restart' | 'recreate' | 'remove' | 'bookkeeping'
