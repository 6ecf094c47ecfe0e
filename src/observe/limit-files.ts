import { existsSync } from 'node:fs'
import type { LimitField } from '../model/limits.ts'
import type { CgroupMounts } from './cgroup-mounts.ts'

type LimitFiles = Readonly<Record<LimitField, { readonly controller: string; readonly file: string }>>

/** The scheduler that is there decides which of them is; the first one counts. */
export const weightFilesV1 = ['blkio.weight', 'blkio.bfq.weight'] as const
export const weightFilesV2 = ['io.bfq.weight', 'io.weight'] as const

/** Where cgroup v1 keeps each limit (docker-data-root §13). */
export const limitFilesV1: LimitFiles = {
  memoryBytes: { controller: 'memory', file: 'memory.limit_in_bytes' },
  memorySwapBytes: { controller: 'memory', file: 'memory.memsw.limit_in_bytes' },
  memoryReservationBytes: { controller: 'memory', file: 'memory.soft_limit_in_bytes' },
  cpuPeriodUs: { controller: 'cpu', file: 'cpu.cfs_period_us' },
  cpuQuotaUs: { controller: 'cpu', file: 'cpu.cfs_quota_us' },
  cpuShares: { controller: 'cpu', file: 'cpu.shares' },
  cpusetCpus: { controller: 'cpuset', file: 'cpuset.cpus' },
  cpusetMems: { controller: 'cpuset', file: 'cpuset.mems' },
  pids: { controller: 'pids', file: 'pids.max' },
  blkioWeight: { controller: 'blkio', file: weightFilesV1[0] },
  blkioReadBps: { controller: 'blkio', file: 'blkio.throttle.read_bps_device' },
  blkioWriteBps: { controller: 'blkio', file: 'blkio.throttle.write_bps_device' },
  blkioReadIops: { controller: 'blkio', file: 'blkio.throttle.read_iops_device' },
  blkioWriteIops: { controller: 'blkio', file: 'blkio.throttle.write_iops_device' },
}

/** And v2: period and quota stand in one file, and swap is counted without the memory. */
export const limitFilesV2: LimitFiles = {
  memoryBytes: { controller: 'memory', file: 'memory.max' },
  memorySwapBytes: { controller: 'memory', file: 'memory.swap.max' },
  memoryReservationBytes: { controller: 'memory', file: 'memory.low' },
  cpuPeriodUs: { controller: 'cpu', file: 'cpu.max' },
  cpuQuotaUs: { controller: 'cpu', file: 'cpu.max' },
  cpuShares: { controller: 'cpu', file: 'cpu.weight' },
  cpusetCpus: { controller: 'cpuset', file: 'cpuset.cpus' },
  cpusetMems: { controller: 'cpuset', file: 'cpuset.mems' },
  pids: { controller: 'pids', file: 'pids.max' },
  blkioWeight: { controller: 'io', file: weightFilesV2[0] },
  blkioReadBps: { controller: 'io', file: 'io.max' },
  blkioWriteBps: { controller: 'io', file: 'io.max' },
  blkioReadIops: { controller: 'io', file: 'io.max' },
  blkioWriteIops: { controller: 'io', file: 'io.max' },
}

/** The mount point of the hierarchy that has this controller. */
export function controllerMount(
  { kind, controllers, unified, handedDown }: CgroupMounts,
  controller: string,
): string | null {
  if (kind === 'v2') return handedDown.includes(controller) ? unified : null
  return controllers[controller] ?? null
}

/** The file that holds a limit of a cgroup; null where no such hierarchy is mounted. */
export function limitFilePath(mounts: CgroupMounts, cgroup: string, field: LimitField): string | null {
  const { controller, file } = (mounts.kind === 'v2' ? limitFilesV2 : limitFilesV1)[field]
  const mount = controllerMount(mounts, controller)
  if (mount === null) return null
  const dir = `${mount}/${cgroup}`
  return field === 'blkioWeight' ? weightFilePath(mounts, dir) : `${dir}/${file}`
}

/** Of a cgroup's directory; null: it has none. */
export function weightFilePath({ kind }: Pick<CgroupMounts, 'kind'>, dir: string): string | null {
  const names = kind === 'v2' ? weightFilesV2 : weightFilesV1
  return names.map(name => `${dir}/${name}`).find(path => existsSync(path)) ?? null
}
