import type { DeclaredLimits, KernelFeatures, LimitField } from '../../src/model/limits.ts'
import { quotaOfCpus } from '../../src/manifest/units.ts'
import type { Disk } from './disk.ts'
import { mib } from './specs.ts'

/** A control file, what it says after each declaration, and what somebody else writes into it. */
export type Place = {
  /** as in /proc/<pid>/cgroup, of v1 alone */
  readonly controller: string
  readonly file: string
  readonly first: string
  readonly next: string
  readonly byHand: string
}

/** A limit by its manifest's word, declared twice. `held`: the first declaration in normal form. */
export type LimitCase = {
  readonly limit: string
  readonly field: LimitField
  readonly first: Partial<DeclaredLimits>
  readonly held: number | string
  readonly next: Partial<DeclaredLimits>
  /** why a host has no other value than the first, which is then the verdict; null: it has */
  readonly alone?: (kernel: KernelFeatures) => string | null
  readonly v1: Place
  readonly v2: Place
}

const bytes = (count: number) => String(count * mib)
const memory = (memoryMib: number, more: Partial<DeclaredLimits> = {}) => ({ memoryBytes: memoryMib * mib, ...more })

const memoryCases: readonly LimitCase[] = [
  {
    limit: 'memory',
    field: 'memoryBytes',
    first: memory(128),
    held: 128 * mib,
    next: memory(64),
    v1: {
      controller: 'memory',
      file: 'memory.limit_in_bytes',
      first: bytes(128),
      next: bytes(64),
      byHand: bytes(32),
    },
    v2: { controller: '', file: 'memory.max', first: bytes(128), next: bytes(64), byHand: 'max' },
  },
  {
    limit: 'memorySwap',
    field: 'memorySwapBytes',
    first: memory(64, { memorySwapBytes: 96 * mib }),
    held: 96 * mib,
    next: memory(64, { memorySwapBytes: -1 }),
    v1: {
      controller: 'memory',
      file: 'memory.memsw.limit_in_bytes',
      first: bytes(96),
      next: '9223372036854771712',
      byHand: bytes(64),
    },
    v2: { controller: '', file: 'memory.swap.max', first: bytes(32), next: 'max', byHand: '0' },
  },
  {
    limit: 'memoryReservation',
    field: 'memoryReservationBytes',
    first: { memoryReservationBytes: 16 * mib },
    held: 16 * mib,
    next: { memoryReservationBytes: 24 * mib },
    v1: {
      controller: 'memory',
      file: 'memory.soft_limit_in_bytes',
      first: bytes(16),
      next: bytes(24),
      byHand: '-1',
    },
    v2: { controller: '', file: 'memory.low', first: bytes(16), next: bytes(24), byHand: 'max' },
  },
]

const cpuCases: readonly LimitCase[] = [
  {
    limit: 'cpus',
    field: 'cpuQuotaUs',
    first: { cpuPeriodUs: 100000, cpuQuotaUs: quotaOfCpus(0.5) },
    held: 50000,
    next: { cpuPeriodUs: 100000, cpuQuotaUs: quotaOfCpus(1.5) },
    v1: { controller: 'cpu', file: 'cpu.cfs_quota_us', first: '50000', next: '150000', byHand: '-1' },
    v2: { controller: '', file: 'cpu.max', first: '50000 100000', next: '150000 100000', byHand: 'max' },
  },
  {
    limit: 'cpuPeriod',
    field: 'cpuPeriodUs',
    first: { cpuPeriodUs: 200000, cpuQuotaUs: 100000 },
    held: 200000,
    next: { cpuPeriodUs: 50000, cpuQuotaUs: 100000 },
    v1: { controller: 'cpu', file: 'cpu.cfs_period_us', first: '200000', next: '50000', byHand: '100000' },
    v2: { controller: '', file: 'cpu.max', first: '100000 200000', next: '100000 50000', byHand: '100000 100000' },
  },
  {
    limit: 'cpuQuota',
    field: 'cpuQuotaUs',
    first: { cpuQuotaUs: 30000 },
    held: 30000,
    next: { cpuQuotaUs: 1000 },
    v1: { controller: 'cpu', file: 'cpu.cfs_quota_us', first: '30000', next: '1000', byHand: '70000' },
    v2: { controller: '', file: 'cpu.max', first: '30000 100000', next: '1000 100000', byHand: '70000' },
  },
  {
    limit: 'cpuShares',
    field: 'cpuShares',
    first: { cpuShares: 512 },
    held: 512,
    next: { cpuShares: 4096 },
    v1: { controller: 'cpu', file: 'cpu.shares', first: '512', next: '4096', byHand: '2' },
    v2: { controller: '', file: 'cpu.weight', first: '59', next: '303', byHand: '77' },
  },
  {
    limit: 'cpusetCpus',
    field: 'cpusetCpus',
    first: { cpusetCpus: '0' },
    held: '0',
    next: { cpusetCpus: '1' },
    v1: { controller: 'cpuset', file: 'cpuset.cpus', first: '0', next: '1', byHand: '0-1' },
    v2: { controller: '', file: 'cpuset.cpus', first: '0', next: '1', byHand: '0-1' },
  },
  {
    limit: 'cpusetMems',
    field: 'cpusetMems',
    first: { cpusetMems: '0' },
    held: '0',
    next: { cpusetMems: '1' },
    alone: ({ mems }) => (mems === '0' ? 'one memory node' : null),
    v1: { controller: 'cpuset', file: 'cpuset.mems', first: '0', next: '1', byHand: '0-1' },
    v2: { controller: '', file: 'cpuset.mems', first: '0', next: '1', byHand: '0-1' },
  },
]

const pids: LimitCase = {
  limit: 'pids',
  field: 'pids',
  first: { pids: 64 },
  held: 64,
  next: { pids: 32 },
  v1: { controller: 'pids', file: 'pids.max', first: '64', next: '32', byHand: 'max' },
  v2: { controller: '', file: 'pids.max', first: '64', next: '32', byHand: 'max' },
}

const weight: LimitCase = {
  limit: 'blkioWeight',
  field: 'blkioWeight',
  first: { blkioWeight: 300 },
  held: 300,
  next: { blkioWeight: 700 },
  v1: { controller: 'blkio', file: 'blkio.bfq.weight', first: '300', next: '700', byHand: '100' },
  v2: { controller: '', file: 'io.weight', first: 'default 2930', next: 'default 6970', byHand: '77' },
}

const throttles = [
  ['readBps', 'blkioReadBps', 'read_bps', 0],
  ['writeBps', 'blkioWriteBps', 'write_bps', 1],
  ['readIops', 'blkioReadIops', 'read_iops', 2],
  ['writeIops', 'blkioWriteIops', 'write_iops', 3],
] as const

function throttleCases({ path, number }: Disk): LimitCase[] {
  const line = (at: number, rate: number) =>
    `${number} ${['rbps', 'wbps', 'riops', 'wiops'].map((key, i) => `${key}=${i === at ? rate : 'max'}`).join(' ')}`
  return throttles.map(([name, field, kind, at]) => ({
    limit: `blkio.${name}`,
    field,
    first: { blkio: [{ device: path, [name]: 1048576 }] },
    held: `${number} 1048576`,
    next: { blkio: [{ device: path, [name]: 4096 }] },
    v1: {
      controller: 'blkio',
      file: `blkio.throttle.${kind}_device`,
      first: `${number} 1048576`,
      next: `${number} 4096`,
      byHand: `${number} 0`,
    },
    v2: { controller: '', file: 'io.max', first: line(at, 1048576), next: line(at, 4096), byHand: line(at, 5) },
  }))
}

/** Every limit that a cgroup holds. */
export const limitCases = (disk: Disk): readonly LimitCase[] => [
  ...memoryCases,
  ...cpuCases,
  pids,
  weight,
  ...throttleCases(disk),
]
