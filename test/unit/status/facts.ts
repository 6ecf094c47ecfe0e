import type { DesiredContainer, DesiredState, DesiredVolume } from '../../../src/model/desired.ts'
import type { KernelFeatures, LimitField, Limits } from '../../../src/model/limits.ts'
import { plainSpec } from '../../support/specs.ts'
import { limitFields, noLimits } from '../../../src/model/limits.ts'
import type { Exit, ObservedContainer, ObservedState, Phase } from '../../../src/model/observed.ts'
import type { Outcome, StepFacts, StepOutcome } from '../../../src/model/outcome.ts'
import type { Blocked, LimitChange, Plan, Step, Waiting } from '../../../src/model/plan.ts'
import { plain } from '../../../src/status/text/paint.ts'
import type { Show } from '../../../src/status/text/show.ts'
import type { Scene } from '../../../src/status/passes/step.ts'

export const mib = 2 ** 20
export const helloId = `a1b2c3d4e5f6${'0'.repeat(52)}`
export const nowMs = Date.UTC(2026, 10, 25, 22, 30, 0)
const file = '/srv/manifests/hello.yaml'
const source = '/srv/manifests'
export const at = (line: number, column: number) => ({ file, line, column })

export const show: Show = { paint: plain, display: path => path.replace('/srv/', ''), nowMs, showValues: false }
export const scene: Scene = { ...show, nameWidth: 5, observed: null, stops: new Map() }

const kernel: KernelFeatures = {
  cgroup: 'hybrid',
  pageBytes: 4096,
  enforceable: Object.fromEntries(limitFields.map(field => [field, true])) as Record<LimitField, boolean>,
  cpus: '0-1',
  mems: '0',
}
/** The normal form of hello's limits. */
const helloLimits = (memoryMib: number): Limits => ({
  ...noLimits,
  memoryBytes: memoryMib * mib,
  memorySwapBytes: 2 * memoryMib * mib,
  cpuPeriodUs: 100000,
  cpuShares: 1024,
  cpusetCpus: '0-1',
  cpusetMems: '0',
  pids: 32,
})

export const hello = (memoryMib = 64, name = 'hello'): DesiredContainer => ({
  name: { project: null, name },
  labels: {},
  spec: {
    ...plainSpec,
    command: ['sh', '-c', 'echo up; while date >> /data/beat; do sleep 1; done'],
    mounts: [{ type: 'volume', name: 'beat', target: '/data', readOnly: false, noCopy: false }],
  },
  digest: 'd'.repeat(64),
  limits: { ...noLimits, memoryBytes: memoryMib * mib, pids: 32 },
  bestEffort: false,
  restart: { policy: 'always', maxRetries: 0 },
  stop: { signal: 'SIGTERM', graceMs: 10_000 },
  state: 'running',
  heal: 'auto',
  pull: 'missing',
  origin: { ...at(4, 13), source },
  positions: { 'spec.limits.memory': at(10, 13) },
  declaresRestart: false,
})

export const beat: DesiredVolume = { name: 'beat', labels: {}, removal: 'keep', origin: { ...at(15, 13), source } }

export const desired = (containers: readonly DesiredContainer[] = [hello()]): DesiredState => ({
  sources: [{ name: source, read: 'ok', scope: 'all', badFiles: [], allowEmpty: false }],
  containers,
  volumes: [beat],
  problems: [],
  absentSinceMs: {},
})

export const running = (agoMs = 3000): Phase => ({
  phase: 'running',
  process: { pid: 4711, startTicks: '1', bootId: 'b' },
  startedAtMs: nowMs - agoMs,
  shim: 'alive',
})
export const exited = (exit: Exit): Phase => ({ phase: 'exited', exit, startedAtMs: exit.atMs - 60_000 })
export const withCode = (code: number, agoMs = 2000): Exit => ({ kind: 'code', code, atMs: nowMs - agoMs })

export function observedHello(phase: Phase, recordedMib = 64, kernelMib = recordedMib): ObservedContainer {
  const { origin, positions: _positions, declaresRestart: _declares, ...declaration } = hello(recordedMib)
  return {
    id: helloId,
    declaration,
    origin,
    createdAtMs: nowMs - 5000,
    phase: { known: true, value: phase },
    recordedLimits: helloLimits(recordedMib),
    kernelLimits:
      phase.phase === 'running'
        ? { known: true, value: { ...helloLimits(recordedMib), memoryBytes: kernelMib * mib } }
        : null,
    restarts: { count: 0, streak: 0, requestedAtMs: null, failedStart: null },
    anonymousVolumes: {},
    image: null,
    exitRecorded: true,
    watched: true,
  }
}

export const observed = (containers: readonly ObservedContainer[]): ObservedState => ({
  nowMs,
  bootId: 'b',
  kernel,
  containers,
  volumes: [],
  operations: [],
  images: {},
  pullFailures: {},
  pullsDone: {},
  bindSources: {},
})

export const helloSubject = { kind: 'container', name: 'hello', id: helloId } as const
const missing = { code: 'missing' } as const

export const step = (id: number, rest: Omit<Step, 'id' | 'subject' | 'after'> & Partial<Step>): Step => ({
  id,
  subject: helloSubject,
  after: [],
  ...rest,
})

export const memoryChange = (desiredMib: number, recordedMib: number, kernelMib: number): LimitChange => ({
  field: 'memoryBytes',
  desired: desiredMib * mib,
  recorded: recordedMib * mib,
  kernel: kernelMib * mib,
})

export const firstSteps: readonly Step[] = [
  step(1, {
    subject: { kind: 'volume', name: 'beat', id: null },
    action: { kind: 'create-volume', name: 'beat', volume: beat, anonymous: false },
    reason: missing,
    class: 'create',
    position: at(15, 13),
  }),
  step(2, {
    action: {
      kind: 'create-container',
      id: helloId,
      container: hello(),
      limits: helloLimits(64),
      anonymousVolumes: {},
      image: null,
    },
    reason: missing,
    class: 'create',
    position: at(4, 13),
    after: [1],
  }),
  step(3, {
    action: { kind: 'start-container', id: helloId, restart: false, streak: 0 },
    reason: missing,
    class: 'create',
    position: at(4, 13),
    after: [2],
  }),
]

export const memoryStep = (code: 'limits-changed' | 'drifted', changes: readonly LimitChange[]): Step =>
  step(1, {
    action: { kind: 'update-limits', id: helloId, limits: helloLimits(96), container: hello(96) },
    reason: { code, changes },
    class: 'in-place',
    position: at(10, 13),
  })

export const planOf = (
  steps: readonly Step[],
  waiting: readonly Waiting[] = [],
  blocked: readonly Blocked[] = [],
): Plan => ({ steps, waiting, blocked, notices: [] })

export const done = (one: Step, facts: StepFacts = {}, ms = 12): StepOutcome => ({
  result: 'done',
  step: one,
  ms,
  facts,
})

export const outcome = (rest: Partial<Outcome>): Outcome => ({
  desired: desired(),
  observed: observed([observedHello(running())]),
  plan: planOf([]),
  steps: [],
  retryAfterMs: null,
  ms: 3,
  ...rest,
})
