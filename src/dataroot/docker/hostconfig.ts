import { meanings } from '../../model/dependency-graph.ts'
import { joinedName } from '../../model/desired.ts'
import { type RateField, rateNames } from '../../model/blkio.ts'
import type { DeclaredLimits } from '../../model/limits.ts'
import type { Link } from '../../model/network.ts'
import type { ContainerRecord } from '../../model/record.ts'
import { maskedPathsOf, readonlyPathsOf } from '../../model/security-paths.ts'
import { dockerNameOf } from './names.ts'
import { requestedMounts } from './mounts.ts'
import { networkMode, portBindings } from './networks.ts'
import { goJson } from '../files/go-json.ts'

/** hostconfig.json as dockerd 20.10 writes it (docker-data-root §6 and §13). */
export function hostConfigText(record: ContainerRecord): string {
  const { spec, restart, dns = [], dnsSearch = [], dnsOptions = [], extraHosts = [], links = [] } = record.declaration
  const { namespaces, capabilities, security } = spec
  const { binds, long } = requestedMounts(spec.mounts)
  return goJson({
    Binds: orNull(binds),
    ContainerIDFile: '',
    LogConfig: { Type: 'json-file', Config: logOptions(record) },
    NetworkMode: modeOf(record, 'net') || networkMode(record),
    PortBindings: portBindings(record),
    RestartPolicy: {
      Name: restart.policy,
      MaximumRetryCount: restart.policy === 'on-failure' ? restart.maxRetries : 0,
    },
    AutoRemove: false,
    VolumeDriver: '',
    VolumesFrom: null,
    CapAdd: orNull(capabilities.add),
    CapDrop: orNull(capabilities.drop),
    CgroupnsMode: namespaces.cgroup,
    Dns: dns,
    DnsOptions: dnsOptions,
    DnsSearch: dnsSearch,
    ExtraHosts: orNull(extraHosts.map(host => `${host.name}:${host.address}`)),
    GroupAdd: null,
    IpcMode: modeOf(record, 'ipc') || 'private',
    Cgroup: '',
    Links: orNull(links.map(link => linkText(record, link))),
    OomScoreAdj: spec.oomScoreAdj ?? 0,
    PidMode: modeOf(record, 'pid'),
    Privileged: false,
    PublishAllPorts: false,
    ReadonlyRootfs: security.readOnlyRoot,
    SecurityOpt: securityOptions(record),
    UTSMode: namespaces.uts === 'host' ? 'host' : '',
    UsernsMode: '',
    ShmSize: spec.shmSizeBytes,
    ...(Object.keys(spec.sysctls).length === 0 ? {} : { Sysctls: spec.sysctls }),
    Runtime: 'runc',
    ConsoleSize: [0, 0],
    Isolation: '',
    ...resources(record),
    ...(long.length === 0 ? {} : { Mounts: long }),
    MaskedPaths: maskedPathsOf(security),
    ReadonlyPaths: readonlyPathsOf(security),
    ...(spec.init === true ? { Init: true } : {}),
  })
}

/** `db:database`; a container is named as Docker's files name it. */
const linkText = ({ declaration: { name } }: ContainerRecord, { container, alias }: Link): string =>
  `${dockerNameOf(meanings(name, container)[0] ?? container)}:${alias}`

/** Limits as the manifest declares them: Docker keeps the request, not its normal form. */
function resources(record: ContainerRecord) {
  const { limits, spec } = record.declaration
  const memory = limits.memoryBytes ?? 0
  return {
    CpuShares: limits.cpuShares ?? 0,
    Memory: memory,
    NanoCpus: 0,
    CgroupParent: '',
    BlkioWeight: limits.blkioWeight ?? 0,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: throttles(limits, 'blkioReadBps'),
    BlkioDeviceWriteBps: throttles(limits, 'blkioWriteBps'),
    BlkioDeviceReadIOps: throttles(limits, 'blkioReadIops'),
    BlkioDeviceWriteIOps: throttles(limits, 'blkioWriteIops'),
    CpuPeriod: limits.cpuPeriodUs ?? 0,
    CpuQuota: limits.cpuQuotaUs ?? 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: limits.cpusetCpus ?? '',
    CpusetMems: limits.cpusetMems ?? '',
    Devices: [],
    DeviceCgroupRules: null,
    DeviceRequests: null,
    KernelMemory: 0,
    KernelMemoryTCP: 0,
    MemoryReservation: limits.memoryReservationBytes ?? 0,
    MemorySwap: limits.memorySwapBytes ?? memory * 2,
    MemorySwappiness: null,
    OomKillDisable: false,
    PidsLimit: limits.pids,
    Ulimits: orNull(
      Object.entries(spec.ulimits).map(([name, { soft, hard }]) => ({ Name: name, Hard: hard, Soft: soft })),
    ),
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
  }
}

const throttles = ({ blkio = [] }: DeclaredLimits, field: RateField) =>
  orNull(
    blkio.flatMap(one => {
      const rate = one[rateNames[field]]
      return rate === undefined ? [] : [{ Path: one.device, Rate: rate }]
    }),
  )

/** Docker refuses more than one file without a size to rotate at. */
function logOptions(record: ContainerRecord): Record<string, string> {
  const { maxSizeBytes, maxFile } = record.declaration.spec.logging
  return maxSizeBytes === null ? {} : { 'max-file': `${maxFile}`, 'max-size': `${maxSizeBytes}` }
}

/** As an engine notes what we do: no filter of system calls, and no SELinux label of its own beside the host's processes. */
function securityOptions({ declaration: { spec } }: ContainerRecord): string[] {
  const { namespaces, security } = spec
  return [
    ...(security.noNewPrivileges ? ['no-new-privileges'] : []),
    'seccomp=unconfined',
    ...(namespaces.pid === 'host' || namespaces.ipc === 'host' ? ['label=disable'] : []),
  ]
}

/** Empty: its own. Another container is named as Docker's files name it. */
function modeOf({ declaration: { name, spec } }: ContainerRecord, kind: 'net' | 'ipc' | 'pid'): string {
  const sharing = spec.namespaces[kind]
  const joined = joinedName(sharing)
  if (joined !== null) return `container:${dockerNameOf(meanings(name, joined)[0] ?? joined)}`
  return sharing === 'host' ? 'host' : ''
}
const orNull = <T>(items: readonly T[]) => (items.length === 0 ? null : items)
