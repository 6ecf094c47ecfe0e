import type { LimitField } from '../model/limits.ts'
import type { CgroupMounts } from './cgroup-mounts.ts'

/** Where cgroup v1 keeps each limit (docker-data-root §13). */
export const limitFilesV1: Readonly<Record<LimitField, { readonly controller: string; readonly file: string }>> = {
  memoryBytes: { controller: 'memory', file: 'memory.limit_in_bytes' },
  memorySwapBytes: { controller: 'memory', file: 'memory.memsw.limit_in_bytes' },
  memoryReservationBytes: { controller: 'memory', file: 'memory.soft_limit_in_bytes' },
  cpuPeriodUs: { controller: 'cpu', file: 'cpu.cfs_period_us' },
  cpuQuotaUs: { controller: 'cpu', file: 'cpu.cfs_quota_us' },
  cpuShares: { controller: 'cpu', file: 'cpu.shares' },
  cpusetCpus: { controller: 'cpuset', file: 'cpuset.cpus' },
  cpusetMems: { controller: 'cpuset', file: 'cpuset.mems' },
  pids: { controller: 'pids', file: 'pids.max' },
}

/** The name of this data-root's parent cgroup, below every hierarchy. */
export const parentCgroup = (rootId: string) => `reconcile-${rootId}`
export const containerCgroup = (rootId: string, containerId: string) => `${parentCgroup(rootId)}/${containerId}`

/** The file that holds a limit of a cgroup; null where no such hierarchy is mounted. */
export function limitFilePath(mounts: CgroupMounts, cgroup: string, field: LimitField): string | null {
  const { controller, file } = limitFilesV1[field]
  const mount = mounts.controllers[controller]
  return mount === undefined ? null : `${mount}/${cgroup}/${file}`
}
