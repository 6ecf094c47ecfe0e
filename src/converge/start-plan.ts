import type { ContainerRecord } from '../model/record.ts'
import type { StartPlan } from '../runtime/plan.ts'
import { finalCapabilities } from './capabilities.ts'
import { processEnvironment } from './environment.ts'
import { coreMount, inMountOrder, type CoreMount } from './mounts.ts'
import { defaultMaskedPaths, defaultReadonlyPaths } from './security-paths.ts'

/** Where this container's things are; all absolute. */
export type StartPlaces = {
  readonly rootId: string
  readonly containerRunDir: string
  readonly containerDir: string
  readonly lower: string
  readonly upper: string
  readonly work: string
  readonly hostname: string
  readonly hosts: string
  readonly resolvConf: string
  readonly log: string
  readonly exit: string
  readonly metadataDb: string
  /** what `rootfs: host` shows of the host, read-only; empty for other roots */
  readonly hostBinds: readonly CoreMount[]
  readonly volumeData: (name: string) => string
}

/** What the shim gets to start a recorded container: every default filled in, nothing left to look up but its user. */
export function startPlan(record: ContainerRecord, places: StartPlaces, heldCapabilities: bigint): StartPlan {
  const { spec, name } = record.declaration
  const { security, logging } = spec
  const hostname = containerHostname(record)
  return {
    version: 1,
    containerId: record.id,
    name: name.project === null ? name.name : `${name.project}/${name.name}`,
    rootId: places.rootId,
    containerRunDir: places.containerRunDir,
    containerDir: places.containerDir,
    lower: places.lower,
    upper: places.upper,
    work: places.work,
    args: [...spec.entrypoint, ...spec.command],
    env: processEnvironment(spec.env, hostname),
    user: spec.user,
    workingDir: spec.workingDir,
    hostname,
    domainname: spec.domainname,
    namespaces: spec.namespaces,
    mounts: [...places.hostBinds, ...containerMounts(record, places)],
    files: { hostname: places.hostname, hosts: places.hosts, resolvConf: places.resolvConf },
    capabilities: finalCapabilities(spec.capabilities, heldCapabilities),
    noNewPrivileges: security.noNewPrivileges,
    readOnlyRoot: security.readOnlyRoot,
    maskedPaths: security.maskedPaths === 'default' ? defaultMaskedPaths : security.maskedPaths,
    readonlyPaths: security.readonlyPaths === 'default' ? defaultReadonlyPaths : security.readonlyPaths,
    sysctls: spec.sysctls,
    rlimits: Object.entries(spec.ulimits).map(([resource, limit]) => ({ resource, ...limit })),
    oomScoreAdj: spec.oomScoreAdj,
    shmSizeBytes: spec.shmSizeBytes,
    log: { path: places.log, ...logging },
    exitPath: places.exit,
    metadataDb: places.metadataDb,
  }
}

/** Docker's default is the first twelve digits of the id. */
export const containerHostname = ({ id, declaration }: ContainerRecord): string =>
  declaration.spec.hostname ?? id.slice(0, 12)

function containerMounts({ declaration, anonymousVolumes }: ContainerRecord, places: StartPlaces): CoreMount[] {
  return inMountOrder(declaration.spec.mounts).map(mount =>
    coreMount(mount, ({ name, target }) => places.volumeData(name ?? anonymousVolumes[target] ?? '')),
  )
}
