import type {
  ContainerDeclaration,
  ContainerSpec,
  DesiredContainer,
  DesiredSource,
  DesiredState,
  DesiredVolume,
  Origin,
} from '../../src/model/desired.ts'
import type { ObjectName } from '../../src/model/identity.ts'
import {
  type DeclaredLimits,
  type KernelFeatures,
  type LimitField,
  limitFields,
  normalise,
  noLimits,
} from '../../src/model/limits.ts'
import type { ObservedContainer, ObservedState, ObservedVolume, Phase, RestartFacts } from '../../src/model/observed.ts'
import { specDigest } from '../../src/manifest/digest.ts'

export const startMs = 1_000_000
export const bootId = 'boot-1'
export const mib = 2 ** 20
export const directory = '/srv/manifests'

export const kernel: KernelFeatures = {
  cgroup: 'hybrid',
  pageBytes: 4096,
  enforceable: Object.fromEntries(limitFields.map(field => [field, true])) as Record<LimitField, boolean>,
  cpus: '0-1',
  mems: '0',
}

/** A kernel built without some controllers' files. */
export const kernelWithout = (...missing: LimitField[]): KernelFeatures => ({
  ...kernel,
  enforceable: { ...kernel.enforceable, ...Object.fromEntries(missing.map(field => [field, false])) },
})

export const plainSpec: ContainerSpec = {
  rootfs: 'host',
  image: null,
  entrypoint: [],
  command: ['sleep', 'infinity'],
  env: {},
  user: '',
  workingDir: '/',
  hostname: null,
  domainname: '',
  mounts: [],
  namespaces: { pid: 'private', ipc: 'private', uts: 'private', net: 'private', cgroup: 'private' },
  capabilities: { add: [], drop: [] },
  security: { readOnlyRoot: false, noNewPrivileges: false, maskedPaths: 'default', readonlyPaths: 'default' },
  sysctls: {},
  ulimits: {},
  oomScoreAdj: null,
  shmSizeBytes: 64 * mib,
  logging: { maxSizeBytes: 10 * mib, maxFile: 3 },
}

export const freshRestarts: RestartFacts = { count: 0, streak: 0, requestedAtMs: null, failedStart: null }

export const originAt = (file: string, line = 4, source = directory): Origin => ({ source, file, line, column: 13 })

type Wish = Partial<Omit<DesiredContainer, 'name' | 'spec' | 'limits'>> & {
  readonly spec?: Partial<ContainerSpec>
  readonly limits?: Partial<DeclaredLimits>
}

/** A declared container, with everything that a test doesn't care about filled in. */
export function containerOf(name: string, wish: Wish = {}): DesiredContainer {
  const spec = { ...plainSpec, ...wish.spec }
  return {
    labels: {},
    bestEffort: false,
    restart: { policy: 'always', maxRetries: 0 },
    stop: { signal: 'SIGTERM', graceMs: 10_000 },
    state: 'running',
    heal: 'auto',
    pull: 'missing',
    origin: originAt(`${directory}/${name.replace('/', '-')}.yaml`),
    positions: {},
    declaresRestart: true,
    ...wish,
    name: parseFullName(name),
    spec,
    digest: specDigest(spec),
    limits: { ...noLimits, ...wish.limits },
  }
}

export const volumeOf = (name: string, wish: Partial<DesiredVolume> = {}): DesiredVolume => ({
  labels: {},
  removal: 'keep',
  origin: originAt(`${directory}/volumes.yaml`),
  ...wish,
  name,
})

export const sourceOf = (wish: Partial<DesiredSource> = {}): DesiredSource => ({
  name: directory,
  read: 'ok',
  scope: 'all',
  badFiles: [],
  allowEmpty: false,
  ...wish,
})

export const desiredOf = (containers: readonly DesiredContainer[], wish: Partial<DesiredState> = {}): DesiredState => ({
  sources: [sourceOf()],
  volumes: [],
  problems: [],
  absentSinceMs: {},
  ...wish,
  containers,
})

export const observedOf = (wish: Partial<ObservedState> = {}): ObservedState => ({
  nowMs: startMs,
  bootId,
  kernel,
  containers: [],
  volumes: [],
  operations: [],
  images: {},
  pullFailures: {},
  pullsDone: {},
  bindSources: {},
  ...wish,
})

export const volumeSeen = (name: string, wish: Partial<ObservedVolume> = {}): ObservedVolume => ({
  origin: null,
  removal: 'keep',
  labels: {},
  anonymous: false,
  ...wish,
  name,
})

export const runningSince = (startedAtMs: number, shim: 'alive' | 'lost' = 'alive', startTicks = '99'): Phase => ({
  phase: 'running',
  process: { pid: 4711, startTicks, bootId },
  startedAtMs,
  shim,
})

export const exitedWith = (code: number, atMs = startMs - 1000, startedAtMs = atMs - 500): Phase => ({
  phase: 'exited',
  exit: { kind: 'code', code, atMs },
  startedAtMs,
})

/** The container that a declaration has become, as the host shows it. */
export function seen(
  container: DesiredContainer,
  phase: Phase,
  wish: Partial<ObservedContainer> = {},
): ObservedContainer {
  const { limits } = normalise(container.limits, kernel)
  return {
    id: idOf(1),
    declaration: recordOf(container),
    origin: container.origin,
    createdAtMs: startMs - 60_000,
    phase: { known: true, value: phase },
    recordedLimits: limits,
    kernelLimits: phase.phase === 'running' ? { known: true, value: limits } : null,
    restarts: freshRestarts,
    anonymousVolumes: {},
    image: null,
    exitRecorded: true,
    watched: false,
    ...wish,
  }
}

export function recordOf(container: DesiredContainer): ContainerDeclaration {
  const { origin: _origin, positions: _positions, declaresRestart: _declares, ...declaration } = container
  return declaration
}

export const idOf = (number: number): string => number.toString(16).padStart(12, '0').padEnd(64, '0')

/** Ids in a row, told apart from those that tests give by their first digit. */
export function minting(): () => string {
  let count = 0
  return () => `f${(++count).toString(16).padStart(11, '0')}`.padEnd(64, '0')
}

/** `shop/web`, or `web` without a project. */
function parseFullName(text: string): ObjectName {
  const [name = '', project = null] = text.split('/').reverse()
  return { project, name }
}
