import type { NamespaceKind } from '../model/desired.ts'
import type { PlanInterface } from './network.ts'

/** What the core needs to start a container; every default filled in. Written to the run directory, read by the shim. */
export type StartPlan = {
  readonly version: 1
  readonly containerId: string
  readonly name: string
  readonly rootId: string
  readonly containerRunDir: string
  readonly containerDir: string
  /** Topmost first; never written. None: `upper` is the whole root, `work` isn't used. Both exist already. */
  readonly lowers: readonly string[]
  readonly upper: string
  readonly work: string
  readonly args: readonly string[]
  readonly env: readonly string[]
  readonly user: string
  readonly workingDir: string
  readonly hostname: string
  readonly domainname: string
  readonly namespaces: PlanNamespaces
  /** one for each namespace that is `joined`; missing = none */
  readonly joins?: readonly PlanJoin[]
  /** In the order in which they are made. */
  readonly mounts: readonly PlanMount[]
  readonly files: { readonly hostname: string; readonly hosts: string; readonly resolvConf: string }
  readonly capabilities: readonly string[]
  readonly noNewPrivileges: boolean
  readonly readOnlyRoot: boolean
  readonly maskedPaths: readonly string[]
  readonly readonlyPaths: readonly string[]
  readonly sysctls: Readonly<Record<string, string>>
  /** -1 = unlimited */
  readonly rlimits: readonly { readonly resource: string; readonly soft: number; readonly hard: number }[]
  readonly oomScoreAdj: number | null
  /** missing = false */
  readonly init?: boolean
  /** missing = false */
  readonly tty?: boolean
  readonly shmSizeBytes: number
  readonly log: { readonly path: string; readonly maxSizeBytes: number | null; readonly maxFile: number }
  readonly exitPath: string
  readonly metadataDb: string
  /** the container's record, which the run directory keeps as long as the run lives; the core doesn't read it */
  readonly record?: string
  /** veth pairs, in a network namespace of the container's own */
  readonly interfaces?: readonly PlanInterface[]
  /** a file with the names that the resolver answers at 127.0.0.11; missing: nobody answers there */
  readonly names?: string
  /** sockets of the host that the proxy holds for it, as `socketTexts` writes them; missing: none */
  readonly proxied?: readonly string[]
}

/** The mount namespace is always private. */
type PlanNamespaces = Readonly<Record<'pid' | 'ipc' | 'uts' | 'net' | 'cgroup', 'private' | 'host' | 'joined'>>

/** A namespace of another container's first process. */
export type PlanJoin = {
  readonly namespace: Exclude<NamespaceKind, 'cgroup'>
  /** of that container, for messages */
  readonly name: string
  readonly pid: number
  readonly startTicks: string
}

type PlanPropagation = 'rprivate' | 'private' | 'rslave' | 'slave' | 'rshared' | 'shared'

export type PlanMount =
  | {
      readonly type: 'bind'
      readonly source: string
      readonly target: string
      readonly readOnly: boolean
      readonly recursive: boolean
      readonly propagation: PlanPropagation
    }
  | {
      readonly type: 'tmpfs'
      readonly target: string
      readonly readOnly: boolean
      readonly sizeBytes: number | null
      readonly mode: number | null
    }
