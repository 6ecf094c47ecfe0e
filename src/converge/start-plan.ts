import type { ContainerPaths } from '../dataroot/layout/paths.ts'
import type { ContainerSpec, Sharing } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import { maskedPathsOf, readonlyPathsOf } from '../model/security-paths.ts'
import type { Settings } from '../model/settings.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { PlanJoin, PlanMount, StartPlan } from '../runtime/plan.ts'
import type { PlanInterface } from '../runtime/network.ts'
import { finalCapabilities } from './capabilities.ts'
import { processEnvironment } from './environment.ts'

/** What the record doesn't say: where things are on this host; paths absolute. */
export type StartPlaces = {
  readonly at: ContainerPaths
  readonly rootId: string
  readonly containerRunDir: string
  readonly metadataDb: string
  /** topmost first */
  readonly lowers: readonly string[]
  readonly upper: string
  readonly work: string
  readonly settings: Settings
  /** in the order in which they are made */
  readonly mounts: readonly PlanMount[]
  readonly interfaces: readonly PlanInterface[]
  /** sockets of the host that the proxy holds for it */
  readonly proxied: readonly string[]
  readonly hostname: string
  /** namespaces of other containers */
  readonly joins: readonly PlanJoin[]
  /** the files of the container whose network it is */
  readonly network: Pick<ContainerPaths, 'hosts' | 'resolvConf'>
  readonly heldCapabilities: bigint
}

/** What the shim gets to start a recorded container: every default filled in, nothing left to look up but its user. */
export function startPlan(record: ContainerRecord, places: StartPlaces): StartPlan {
  const { spec, name } = record.declaration
  const { at, hostname, settings } = places
  const { security } = spec
  return {
    version: 1,
    containerId: record.id,
    name: fullName(name),
    rootId: places.rootId,
    containerRunDir: places.containerRunDir,
    containerDir: at.dir,
    lowers: places.lowers,
    upper: places.upper,
    work: places.work,
    args: settings.args,
    env: processEnvironment(settings.env, hostname, spec.tty === true),
    user: settings.user,
    workingDir: settings.workingDir,
    hostname,
    domainname: spec.domainname,
    namespaces: planNamespaces(spec),
    ...(places.joins.length === 0 ? {} : { joins: places.joins }),
    mounts: places.mounts,
    ...(places.interfaces.length === 0 ? {} : { interfaces: places.interfaces, names: at.names }),
    ...(places.proxied.length === 0 ? {} : { proxied: places.proxied }),
    files: { hostname: at.hostname, hosts: places.network.hosts, resolvConf: places.network.resolvConf },
    capabilities: finalCapabilities(spec.capabilities, places.heldCapabilities),
    noNewPrivileges: security.noNewPrivileges,
    readOnlyRoot: security.readOnlyRoot,
    maskedPaths: maskedPathsOf(security),
    readonlyPaths: readonlyPathsOf(security),
    sysctls: spec.sysctls,
    rlimits: Object.entries(spec.ulimits).map(([resource, limit]) => ({ resource, ...limit })),
    oomScoreAdj: spec.oomScoreAdj,
    ...(spec.init === true ? { init: true } : {}),
    ...(spec.tty === true ? { tty: true } : {}),
    shmSizeBytes: spec.shmSizeBytes,
    log: { path: at.log, ...spec.logging },
    exitPath: at.exit,
    metadataDb: places.metadataDb,
    record: JSON.stringify(record),
  }
}

const planNamespaces = ({ namespaces }: ContainerSpec): StartPlan['namespaces'] => ({
  pid: planSharing(namespaces.pid),
  ipc: planSharing(namespaces.ipc),
  uts: planSharing(namespaces.uts),
  net: planSharing(namespaces.net),
  cgroup: planSharing(namespaces.cgroup),
})

const planSharing = (sharing: Sharing) => (sharing === 'private' || sharing === 'host' ? sharing : 'joined')
