import type { DeclaredHealth } from './health.ts'
import type { ObjectName, Position, SourceName } from './identity.ts'
import type { DeclaredLimits } from './limits.ts'
import type { DesiredNetwork, ExtraHost, Link, NetworkUse, PublishedPort } from './network.ts'

export const namespaceKinds = ['pid', 'ipc', 'uts', 'net', 'cgroup'] as const
export type NamespaceKind = (typeof namespaceKinds)[number]
/** `container:db`: that of another container, named as a dependency is */
export type Sharing = 'private' | 'host' | `container:${string}`

/** The name of the container whose namespace is joined; null: none is. */
export const joinedName = (sharing: Sharing): string | null =>
  sharing.startsWith('container:') ? sharing.slice('container:'.length) : null
export type Propagation = 'rprivate' | 'private' | 'rslave' | 'slave' | 'rshared' | 'shared'

export type VolumeMount = {
  readonly type: 'volume'
  /** null: an anonymous volume, owned by the container */
  readonly name: string | null
  readonly target: string
  readonly readOnly: boolean
  /** an empty volume is not filled with what the image has at the target */
  readonly noCopy: boolean
}
export type BindMount = {
  readonly type: 'bind'
  /** absolute */
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
  readonly recursive: boolean
  readonly propagation: Propagation
  readonly createSource: boolean
  /** the source must be a mount point; missing = false */
  readonly requireMount?: boolean
}
export type TmpfsMount = {
  readonly type: 'tmpfs'
  readonly target: string
  readonly readOnly: boolean
  readonly sizeBytes: number | null
  readonly mode: number | null
}
export type Mount = VolumeMount | BindMount | TmpfsMount

/** -1 = unlimited */
export type Ulimit = { readonly soft: number; readonly hard: number }

/** What can only change with a new container. Resolved: env files read, paths absolute, defaults filled in. */
export type ContainerSpec = {
  /** `host`, or an absolute path; never written. null: `image` is given, always exactly one of the two */
  readonly rootfs: string | null
  /** familiar text of a reference: `nginx:1.27`, `nginx@sha256:…` */
  readonly image: string | null
  /** with an image: empty means what the image says, `['']` nothing at all */
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  /** envFiles first, then env */
  readonly env: Readonly<Record<string, string>>
  /** empty: the image's, else root */
  readonly user: string
  /** empty: the image's, only with an image */
  readonly workingDir: string
  /** null: the first 12 digits of the id */
  readonly hostname: string | null
  readonly domainname: string
  /** in the manifest's order; targets absolute, clean and unique */
  readonly mounts: readonly Mount[]
  readonly namespaces: Readonly<Record<NamespaceKind, Sharing>>
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] }
  readonly security: {
    readonly readOnlyRoot: boolean
    readonly noNewPrivileges: boolean
    readonly maskedPaths: 'default' | readonly string[]
    readonly readonlyPaths: 'default' | readonly string[]
  }
  readonly sysctls: Readonly<Record<string, string>>
  readonly ulimits: Readonly<Record<string, Ulimit>>
  readonly oomScoreAdj: number | null
  /** the first process is an init of ours, the command its child; missing = false */
  readonly init?: boolean
  /** it reads from and writes to a terminal of its own, which `attach` leads to; missing = false */
  readonly tty?: boolean
  readonly shmSizeBytes: number
  /** maxSizeBytes null = no rotation */
  readonly logging: { readonly maxSizeBytes: number | null; readonly maxFile: number }
}

export type RestartPolicy = {
  readonly policy: 'no' | 'on-failure' | 'always' | 'unless-stopped'
  readonly maxRetries: number
}
/** null: what the image says, else SIGTERM and 10 s; only with an image */
export type StopRule = { readonly signal: string | null; readonly graceMs: number | null }

/** What is done when the content of a bound file changes; it is told in any case. */
export type OnChange = 'report' | 'restart' | { readonly signal: string }

/** `always`: each process of ours asks the registry once; `missing`: only when the image is not here; `never`: not at all */
export type PullPolicy = 'always' | 'missing' | 'never'

export type Origin = Position & { readonly source: SourceName }

export const conditions = ['started', 'healthy', 'completed'] as const
/**
 * `started`: it runs, or has run to its end; `healthy`: its check says so, or, where it has none, it runs; `completed`: it has ended
 * with 0, which is also as healthy as one can be that is meant to end
 */
export type Condition = (typeof conditions)[number]

/** What another container must be before this one is started; one that runs already is never stopped for it. */
export type Dependency = {
  /** as written: `db`, looked for in the own project first, or `shop/db` */
  readonly name: string
  readonly condition: Condition
  /** false: one that is absent or has failed is not waited for */
  readonly required: boolean
  /** a newer run of it restarts this one */
  readonly restartWith: boolean
}

export type DeclaredState = 'running' | 'stopped' | 'paused'

/** All that a container's record keeps of its manifest: enough to make it again. */
export type ContainerDeclaration = {
  readonly name: ObjectName
  readonly labels: Readonly<Record<string, string>>
  readonly spec: ContainerSpec
  /** sha256 over the canonical JSON of `spec`, 64 hex digits; two specs are the same exactly when their digests are */
  readonly digest: string
  readonly limits: DeclaredLimits
  /** true: a limit that this kernel can't enforce is shown, not refused */
  readonly bestEffort: boolean
  readonly restart: RestartPolicy
  readonly stop: StopRule
  /** `paused`: it runs, and stands still */
  readonly state: DeclaredState
  /** `report`: what others change in the kernel is told and left */
  readonly heal: 'auto' | 'report'
  /** target of a bound file → what its changes ask for, where that is more than `report`; missing = nowhere */
  readonly onChange?: Readonly<Record<string, OnChange>>
  /** `missing` without an image */
  readonly pull: PullPolicy
  /** missing = none */
  readonly dependsOn?: readonly Dependency[]
  /** missing: what the image says */
  readonly health?: DeclaredHealth
  /** in the manifest's order; missing or empty = none: a loopback alone, or the network of the host or another container */
  readonly networks?: readonly NetworkUse[]
  /** missing = none */
  readonly ports?: readonly PublishedPort[]
  /** name servers, search domains (`.` alone: none) and options of resolv.conf; missing = the host's */
  readonly dns?: readonly string[]
  readonly dnsSearch?: readonly string[]
  readonly dnsOptions?: readonly string[]
  /** missing = none */
  readonly extraHosts?: readonly ExtraHost[]
  readonly links?: readonly Link[]
}

export type DesiredContainer = ContainerDeclaration & {
  /** of metadata.name */
  readonly origin: Origin
  /** dotted path below the document (`spec.limits.memory`, `spec.command`, `spec.mounts.0`) → where it stands */
  readonly positions: Readonly<Record<string, Position>>
  /** true when the manifest itself writes `restart:` */
  readonly declaresRestart: boolean
}

export type DesiredVolume = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly removal: 'keep' | 'delete'
  readonly origin: Origin
}

/** A mistake in a manifest or its source. Shown as `file:line:column: message`. */
export type Problem = {
  /** null: the whole file, or the source itself */
  readonly position: Position | null
  readonly file: string
  readonly message: string
  /** the source line and where to put the carets (columns from 1), for the excerpt; null without position */
  readonly excerpt: { readonly text: string; readonly column: number; readonly length: number } | null
}

/** One source as it was read: what it may prune, and what must be left as it is. */
export type DesiredSource = {
  readonly name: SourceName
  /**
   * `empty` and `vanished` prune nothing unless allowEmpty. `unread`: what it says is not known, so all that it declared
   * earlier stays as it is
   */
  readonly read: 'ok' | 'empty' | 'vanished' | 'unread'
  /** `all`: everything that this source declared earlier; else only what these files (as in Position.file) declared */
  readonly scope: 'all' | readonly string[]
  /** files with problems: what they declared earlier stays as it is (last good state) */
  readonly badFiles: readonly string[]
  readonly allowEmpty: boolean
}

export type DesiredState = {
  readonly sources: readonly DesiredSource[]
  readonly containers: readonly DesiredContainer[]
  readonly volumes: readonly DesiredVolume[]
  /** missing = none */
  readonly networks?: readonly DesiredNetwork[]
  readonly problems: readonly Problem[]
  /**
   * `<kind> <full name>` → when its absence was first read (ms). An undeclared object is pruned only when this is at
   * least `secondLookMs` old.
   */
  readonly absentSinceMs: Readonly<Record<string, number>>
}

/** The least time between the two looks that a prune needs. */
export const secondLookMs = 2000
