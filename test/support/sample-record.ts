import type { ContainerSpec } from '../../src/model/desired.ts'
import type { ContainerRecord, VolumeRecord } from '../../src/model/record.ts'

export const sampleId = 'ab12'.repeat(16)

const limits = {
  memoryBytes: 67108864,
  memorySwapBytes: null,
  memoryReservationBytes: null,
  cpuPeriodUs: 100000,
  cpuQuotaUs: 50000,
  cpuShares: null,
  cpusetCpus: '0',
  cpusetMems: null,
  pids: 32,
}

const spec: ContainerSpec = {
  rootfs: 'host',
  image: null,
  entrypoint: [],
  command: ['sh', '-c', 'echo <up> && sleep 1'],
  env: { TZ: 'UTC' },
  user: '',
  workingDir: '/',
  hostname: null,
  domainname: '',
  mounts: [
    { type: 'volume', name: 'beat', target: '/data', readOnly: false, noCopy: false },
    { type: 'volume', name: null, target: '/cache', readOnly: false, noCopy: false },
    {
      type: 'bind',
      source: '/srv/site',
      target: '/site',
      readOnly: true,
      recursive: false,
      propagation: 'rprivate',
      createSource: false,
    },
    { type: 'tmpfs', target: '/run', readOnly: false, sizeBytes: 16777216, mode: 0o1777 },
  ],
  namespaces: { pid: 'private', ipc: 'private', uts: 'private', net: 'private', cgroup: 'private' },
  capabilities: { add: [], drop: ['CAP_NET_RAW'] },
  security: { readOnlyRoot: false, noNewPrivileges: true, maskedPaths: 'default', readonlyPaths: [] },
  sysctls: { 'net.core.somaxconn': '1024' },
  ulimits: { nofile: { soft: 1024, hard: -1 } },
  oomScoreAdj: null,
  shmSizeBytes: 67108864,
  logging: { maxSizeBytes: 10485760, maxFile: 3 },
}

/** A container's record with one of everything. */
export const sampleRecord: ContainerRecord = {
  version: 1,
  id: sampleId,
  declaration: {
    name: { project: 'shop', name: 'web' },
    labels: { app: 'shop' },
    spec,
    digest: 'cd34'.repeat(16),
    limits: { ...limits, blkioWeight: 500, blkio: [{ device: '/dev/vda', readBps: 1048576, writeIops: 500 }] },
    bestEffort: false,
    restart: { policy: 'on-failure', maxRetries: 3 },
    stop: { signal: 'SIGTERM', graceMs: 10000 },
    state: 'running',
    heal: 'auto',
    onChange: { '/etc/site.conf': { signal: 'SIGHUP' }, '/etc/once.conf': 'restart' },
    pull: 'missing',
    health: {
      probe: { kind: 'http', host: 'localhost', port: 8080, path: '/ok' },
      intervalMs: 10_000,
      timeoutMs: null,
      startPeriodMs: 0.5,
      startIntervalMs: null,
      retries: 3,
      onUnhealthy: 'restart',
    },
  },
  origin: { file: '/srv/manifests/web.yaml', line: 4, column: 13, source: '/srv/manifests' },
  createdAtMs: 1_770_000_000_000,
  limits: {
    ...limits,
    memorySwapBytes: 134217728,
    cpuShares: 1024,
    cpusetMems: '0',
    blkioWeight: 500,
    blkioReadBps: '254:0 1048576',
    blkioWriteIops: '254:0 500',
  },
  anonymousVolumes: { '/cache': 'ef56'.repeat(16) },
  image: null,
  restarts: { count: 2, streak: 1, requestedAtMs: null, failedStart: null },
  run: {
    process: { pid: 4321, startTicks: '123456789', bootId: '9d1c2a4e-0000-4000-8000-000000000000' },
    startedAtMs: 1_770_000_001_000,
  },
  stop: null,
  health: 'healthy',
}

export const withSpec = (change: Partial<ContainerSpec>): ContainerRecord => ({
  ...sampleRecord,
  declaration: { ...sampleRecord.declaration, spec: { ...spec, ...change } },
})

export const sampleVolume: VolumeRecord = {
  version: 1,
  name: 'beat',
  anonymous: false,
  removal: 'keep',
  labels: {},
  origin: sampleRecord.origin,
}
