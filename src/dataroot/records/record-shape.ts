import type { DeviceRates } from '../../model/blkio.ts'
import { conditions } from '../../model/desired.ts'
import type {
  BindMount,
  ContainerDeclaration,
  ContainerSpec,
  Dependency,
  Mount,
  TmpfsMount,
  VolumeMount,
  Sharing,
} from '../../model/desired.ts'
import type { DeclaredLimits, Limits } from '../../model/limits.ts'
import type { ProcessIdentity } from '../../model/identity.ts'
import type { ImageUse, RestartFacts, StopAgain } from '../../model/observed.ts'
import { healthShape } from './health-shape.ts'
import { healthStatuses } from '../../model/health.ts'
import type { ContainerRecord, ExitRecord, HistoryEntry, RunState, VolumeRecord } from '../../model/record.ts'
import {
  count,
  either,
  flag,
  list,
  mapOf,
  matching,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
  union,
  versionOne,
  whole,
} from '../files/shape.ts'
import type { Shape } from '../files/shape.ts'
import { endpoints, extraHosts, links, networkUses, origin, publishedPorts } from './network-shape.ts'

const rootId = matching(/^[0-9a-f]{12}$/, '12 hexadecimal digits')
const hex64 = matching(/^[0-9a-f]{64}$/, '64 hexadecimal digits')
const absolute = matching(/^\//, 'an absolute path')
const ticks = matching(/^\d{1,20}$/, 'a decimal number in a string')
const volumeName = matching(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/, 'the name of a volume')
const sharing = oneOf('private', 'host')
const joinable: Shape<Sharing> = either(
  sharing,
  matching(/^container:./, 'container:NAME') as Shape<`container:${string}`>,
)
const warnings = list(object<{ readonly field: string; readonly message: string }>({ field: text, message: text }))

const mount = union<Mount>('type', {
  volume: object<VolumeMount>({
    type: oneOf('volume'),
    name: nullable(volumeName),
    target: absolute,
    readOnly: flag,
    noCopy: flag,
  }),
  bind: object<BindMount>({
    type: oneOf('bind'),
    source: absolute,
    target: absolute,
    readOnly: flag,
    recursive: flag,
    propagation: oneOf('rprivate', 'private', 'rslave', 'slave', 'rshared', 'shared'),
    createSource: flag,
    requireMount: optional(flag),
  }),
  tmpfs: object<TmpfsMount>({
    type: oneOf('tmpfs'),
    target: absolute,
    readOnly: flag,
    sizeBytes: nullable(count),
    mode: nullable(count),
  }),
})

const pathList = either(oneOf('default'), list(text))

const specFields = object<ContainerSpec>({
  rootfs: nullable(either(oneOf('host'), absolute)),
  image: nullable(text),
  entrypoint: list(text),
  command: list(text),
  env: mapOf(text),
  user: text,
  workingDir: text,
  hostname: nullable(text),
  domainname: text,
  mounts: list(mount),
  namespaces: object<ContainerSpec['namespaces']>({
    pid: joinable,
    ipc: joinable,
    uts: joinable,
    net: joinable,
    cgroup: sharing,
  }),
  capabilities: object<ContainerSpec['capabilities']>({ add: list(text), drop: list(text) }),
  security: object<ContainerSpec['security']>({
    readOnlyRoot: flag,
    noNewPrivileges: flag,
    maskedPaths: pathList,
    readonlyPaths: pathList,
  }),
  sysctls: mapOf(text),
  ulimits: mapOf(object<{ readonly soft: number; readonly hard: number }>({ soft: whole, hard: whole })),
  oomScoreAdj: nullable(whole),
  init: optional(flag),
  tty: optional(flag),
  shmSizeBytes: count,
  logging: object<ContainerSpec['logging']>({ maxSizeBytes: nullable(count), maxFile: count }),
})

const commonLimits = {
  memoryBytes: nullable(whole),
  memorySwapBytes: nullable(whole),
  memoryReservationBytes: nullable(whole),
  cpuPeriodUs: nullable(whole),
  cpuQuotaUs: nullable(whole),
  cpuShares: nullable(whole),
  cpusetCpus: nullable(text),
  cpusetMems: nullable(text),
  pids: nullable(whole),
}

const limits = object<Limits>({
  ...commonLimits,
  blkioWeight: optional(number),
  blkioReadBps: optional(text),
  blkioWriteBps: optional(text),
  blkioReadIops: optional(text),
  blkioWriteIops: optional(text),
})

const declaredLimits = object<DeclaredLimits>({
  ...commonLimits,
  blkioWeight: optional(count),
  blkio: optional(
    list(
      object<DeviceRates>({
        device: absolute,
        readBps: optional(count),
        writeBps: optional(count),
        readIops: optional(count),
        writeIops: optional(count),
      }),
    ),
  ),
})

const spec: Shape<ContainerSpec> = (value, at) =>
  specFields(value, at) ?? (hasOneRoot(value as ContainerSpec) ? null : `${at} needs either a rootfs or an image`)

const hasOneRoot = ({ rootfs, image }: ContainerSpec) => (rootfs === null) !== (image === null)

const declaration = object<ContainerDeclaration>({
  name: object<ContainerDeclaration['name']>({ project: nullable(text), name: text }),
  labels: mapOf(text),
  spec,
  digest: hex64,
  limits: declaredLimits,
  bestEffort: flag,
  restart: object<ContainerDeclaration['restart']>({
    policy: oneOf('no', 'on-failure', 'always', 'unless-stopped'),
    maxRetries: count,
  }),
  stop: object<ContainerDeclaration['stop']>({ signal: nullable(text), graceMs: nullable(whole) }),
  state: oneOf('running', 'stopped', 'paused'),
  heal: oneOf('auto', 'report'),
  onChange: optional(mapOf(either(oneOf('report', 'restart'), object<{ readonly signal: string }>({ signal: text })))),
  pull: oneOf('always', 'missing', 'never'),
  dependsOn: optional(
    list(object<Dependency>({ name: text, condition: oneOf(...conditions), required: flag, restartWith: flag })),
  ),
  health: optional(healthShape),
  networks: optional(networkUses),
  ports: optional(publishedPorts),
  dns: optional(list(text)),
  dnsSearch: optional(list(text)),
  dnsOptions: optional(list(text)),
  extraHosts: optional(extraHosts),
  links: optional(links),
})

export const processIdentityShape: Shape<ProcessIdentity> = object({ pid: count, startTicks: ticks, bootId: text })

export const containerRecordShape: Shape<ContainerRecord> = object({
  version: versionOne,
  id: hex64,
  declaration,
  origin,
  createdAtMs: count,
  limits,
  anonymousVolumes: mapOf(volumeName),
  endpoints: optional(endpoints),
  image: nullable(object<ImageUse>({ id: matching(/^sha256:[0-9a-f]{64}$/, 'the id of an image'), reference: text })),
  restarts: object<RestartFacts>({
    count,
    streak: count,
    requestedAtMs: nullable(count),
    failedStart: nullable(
      object<NonNullable<RestartFacts['failedStart']>>({ atMs: count, message: text, code: whole }),
    ),
  }),
  run: nullable(object<NonNullable<ContainerRecord['run']>>({ process: processIdentityShape, startedAtMs: count })),
  stop: nullable(
    object<NonNullable<ContainerRecord['stop']>>({
      sinceMs: count,
      graceMs: whole,
      again: optional(object<StopAgain>({ streak: count, recreate: flag })),
    }),
  ),
  health: optional(oneOf(...healthStatuses)),
})

export const volumeRecordShape: Shape<VolumeRecord> = object({
  version: versionOne,
  name: volumeName,
  anonymous: flag,
  removal: oneOf('keep', 'delete'),
  labels: mapOf(text),
  origin: nullable(origin),
})

export const historyEntryShape: Shape<HistoryEntry> = object({
  atMs: count,
  pass: count,
  what: text,
  why: text,
  position: nullable(text),
})

export const exitRecordShape: Shape<ExitRecord> = object({
  version: versionOne,
  containerId: hex64,
  bootId: text,
  pid: count,
  startTicks: ticks,
  startedAtMs: count,
  finishedAtMs: count,
  code: nullable(whole),
  signal: nullable(count),
  oomKilled: flag,
  stopRequested: flag,
  logLinesLost: count,
})

export const runPlanShape = object<{ readonly containerId: string; readonly rootId: string; readonly record: string }>({
  containerId: hex64,
  rootId,
  record: text,
})

export const runStateShape: Shape<RunState> = object({
  version: versionOne,
  containerId: hex64,
  rootId,
  bootId: text,
  pid: count,
  startTicks: ticks,
  shimPid: count,
  shimStartTicks: ticks,
  startedAtMs: count,
  warnings,
})
