import type { NamespaceKind, Ulimit } from './desired.ts'

/** As `/proc/<pid>/ns` names them. */
export type NamespaceName = NamespaceKind | 'mnt' | 'user'
export const namespaceNames: readonly NamespaceName[] = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts']

export type FileSystems = Readonly<Record<string, string>>

/** What a run was given beside its limits, as the kernel had it just after the start; kept as long as the run lives. */
export type RunFacts = {
  /** inode numbers */
  readonly namespaces: Readonly<Partial<Record<NamespaceName, string>>>
  /** the greatest rights of real, effective and saved uid: 0 if one of them is */
  readonly uid: number
  /** bounding, permitted and effective set together: a mask in hexadecimal digits */
  readonly capabilities: string
  readonly noNewPrivileges: boolean
  /** those that are declared */
  readonly ulimits: Readonly<Record<string, Ulimit>>
  /** null: not declared */
  readonly oomScoreAdj: number | null
  /** of its binds, by target: the device of the whole file system that was mounted there; empty: a part of one. Missing = not known */
  readonly fileSystems?: FileSystems
}

/** The first process of a container as the kernel has it now. */
export type SeenRun = RunFacts & {
  /** names of the hierarchies in which it is outside of the container's cgroup, `memory`, `cpu,cpuacct`, `unified` */
  readonly outsideOf: readonly string[]
  /** where it is in the first of those; empty if there is none */
  readonly outsideAt: string
  /** processes that descend from it and are outside, as far as they were looked at */
  readonly othersOutside: number
  readonly frozen: boolean
  /** our own namespaces: what `host` means */
  readonly hostNamespaces: Readonly<Partial<Record<NamespaceName, string>>>
  /** without CAP_SYS_RESOURCE nobody raises a hard limit */
  readonly mayRaiseHardLimits: boolean
}

export type Names = { readonly hostname: string; readonly domainname: string }

/** What a run was given, where it is its own to have, and what the kernel says. */
export type SeenNames = { readonly given: Partial<Names>; readonly kernel: Names }

/** `recorded` null: nothing was kept of this run's start; then only its place and its freezer are judged. */
export type RunLook = {
  readonly recorded: RunFacts | null
  readonly kernel: SeenRun
  /** missing = not looked at: only root enters namespaces */
  readonly names?: SeenNames
}

/** What is put right under a running process, in one call. */
export type Repair =
  | { readonly what: 'rejoinCgroups' }
  | { readonly what: 'freeze' }
  | { readonly what: 'thaw' }
  | { readonly what: 'setUlimit'; readonly resource: string; readonly soft: number; readonly hard: number }
  | { readonly what: 'setOomScore'; readonly value: number }
  | { readonly what: 'setHostname' | 'setDomainname'; readonly name: string }

export const deviationKinds = [
  'cgroup',
  'frozen',
  'thawed',
  'ulimit',
  'ulimit-out-of-reach',
  'oom-score',
  'name',
  'namespace-of-host',
  'namespace',
  'capabilities',
  'no-new-privileges',
  'user',
] as const
export type DeviationKind = (typeof deviationKinds)[number]

/** One fact of a running container, beside its limits, that is not as it was given; values as people read them. */
export type Deviation = {
  readonly kind: DeviationKind
  /** `cgroup`, `frozen`, `ulimits.nofile`, `namespaces.net` */
  readonly field: string
  readonly desired: string
  readonly recorded: string
  readonly kernel: string
  /** null: nothing in place undoes it */
  readonly repair: Repair | null
}
