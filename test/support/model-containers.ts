import type { BoundFile } from '../../src/model/bound-file.ts'
import type { ContainerDeclaration, Origin } from '../../src/model/desired.ts'
import { type HealthStatus, healthCheckOf, newHealth, type SeenHealth } from '../../src/model/health.ts'
import type { ContainerId } from '../../src/model/identity.ts'
import type { MountDrift } from '../../src/model/mount-drift.ts'
import type { Endpoints } from '../../src/model/network.ts'
import type { Limits } from '../../src/model/limits.ts'
import type { RunLook } from '../../src/model/run-facts.ts'
import type {
  Exit,
  ImageUse,
  ObservedContainer,
  ObservedState,
  Phase,
  RestartFacts,
  StopAgain,
  StopOperation,
} from '../../src/model/observed.ts'
import { comparedMounts } from '../../src/model/recorded-mounts.ts'
import { fileAt } from './model-files.ts'
import { lookOf } from './model-looks.ts'
import { bootId } from './specs.ts'
import type { LinkFault } from '../../src/model/network-facts.ts'

/** What the process of one name does, run after run. */
export type Behaviour = {
  /** so many runs end by themselves after `runsMs` with `code`; the next one stays up */
  readonly exits: number
  readonly code: number
  readonly runsMs: number
  readonly stopTakesMs: number
  /** so many starts fail before there is a process */
  readonly failedStarts: number
  /** so many runs with a check are unhealthy after 2 s; the others are healthy after half a second. Missing = none */
  readonly sickRuns?: number
}

export type Run = {
  readonly pid: number
  readonly startTicks: string
  readonly startedAtMs: number
  shim: 'alive' | 'lost'
  limits: Limits
  mountDrifts: readonly MountDrift[]
  look: RunLook
  linkFaults: readonly LinkFault[]
  bound: readonly BoundFile[]
  /** what its probes said last; missing = it has no check */
  health?: SeenHealth
  /** what they will say, and when */
  verdict: { readonly atMs: number; readonly status: HealthStatus } | null
  endsAtMs: number | null
  exit: Exit
}

/** A container of the model host: its files, its record, its run and what became of the last one. */
export type ModelContainer = {
  readonly id: ContainerId
  declaration: ContainerDeclaration
  origin: Origin
  readonly createdAtMs: number
  readonly anonymousVolumes: Readonly<Record<string, string>>
  readonly image: ImageUse | null
  endpoints?: Endpoints
  files: 'creating' | 'whole' | 'deleting'
  readonly unreadable: string | null
  recordedLimits: Limits
  readonly hold: ObservedContainer['hold']
  readonly heals: ObservedContainer['heals']
  restarts: RestartFacts
  run: Run | null
  startingUntilMs: number | null
  last: { readonly exit: Exit; readonly startedAtMs: number } | null
  exitRecorded: boolean
  stop: { readonly sinceMs: number; readonly graceMs: number; readonly again?: StopAgain } | null
  /** its shim knows of the stop */
  stopAsked: boolean
}

/** A stop that its shim was asked for ends the run, at the latest with the grace period. */
export function armStop(container: ModelContainer, { stopTakesMs }: Behaviour): void {
  const { run, stop } = container
  if (run === null || stop === null || !container.stopAsked || run.shim === 'lost') return
  const endsAtMs = stop.sinceMs + Math.min(stop.graceMs, stopTakesMs)
  run.endsAtMs = Math.min(run.endsAtMs ?? Number.POSITIVE_INFINITY, endsAtMs)
  run.exit = { kind: 'signal', signal: 15, oom: false, atMs: endsAtMs }
}

export const blank = (id: ContainerId, createdAtMs: number) => ({
  id,
  createdAtMs,
  files: 'whole' as const,
  unreadable: null,
  hold: null,
  heals: {},
  restarts: { count: 0, streak: 0, requestedAtMs: null, failedStart: null },
  run: null,
  startingUntilMs: null,
  last: null,
  exitRecorded: true,
  stop: null,
  stopAsked: false,
})

export const stopOf = ({ operations }: ObservedState, id: ContainerId): StopOperation | null =>
  (operations.find(one => one.kind === 'stop' && one.containerId === id) as StopOperation | undefined) ?? null

export function fromObserved(container: ObservedContainer, start: ObservedState): ModelContainer {
  const phase = container.phase.known ? container.phase.value : null
  const stop = stopOf(start, container.id)
  const limits = container.kernelLimits?.known === true ? container.kernelLimits.value : container.recordedLimits
  const look = container.look?.known === true ? container.look.value : lookOf()
  const lives = phase?.phase === 'running' || phase?.phase === 'starting'
  const startedAtMs = phase !== null && 'startedAtMs' in phase ? phase.startedAtMs : start.nowMs
  const shim = phase?.phase === 'running' ? phase.shim : 'alive'
  const pid = phase?.phase === 'running' ? phase.process.pid : 1000
  const startTicks = phase?.phase === 'running' ? phase.process.startTicks : '50'
  const mountDrifts = container.mountDrifts?.known === true ? container.mountDrifts.value : []
  const exit: Exit = { kind: 'code', code: 0, atMs: 0 }
  return {
    ...blank(container.id, container.createdAtMs),
    declaration: container.declaration,
    origin: container.origin,
    anonymousVolumes: container.anonymousVolumes,
    image: container.image,
    ...(container.endpoints === undefined ? {} : { endpoints: container.endpoints }),
    files: phase?.phase === 'creating' || phase?.phase === 'deleting' ? phase.phase : 'whole',
    unreadable: container.phase.known ? null : container.phase.why,
    recordedLimits: container.recordedLimits,
    hold: container.hold,
    heals: container.heals,
    restarts: container.restarts,
    run: lives
      ? {
          pid,
          startTicks,
          startedAtMs,
          shim,
          limits,
          look,
          mountDrifts,
          linkFaults: container.linkFaults?.known === true ? container.linkFaults.value : [],
          bound: container.files ?? [],
          ...(container.health === undefined ? {} : { health: container.health }),
          verdict: container.health?.status === 'starting' ? wellSoon(start.nowMs) : null,
          endsAtMs: null,
          exit,
        }
      : null,
    startingUntilMs: phase?.phase === 'starting' ? start.nowMs + 50 : null,
    last: phase?.phase === 'exited' ? { exit: phase.exit, startedAtMs } : null,
    exitRecorded: container.exitRecorded,
    stop: stop === null ? stopBefore(container) : { sinceMs: stop.sinceMs, graceMs: stop.graceMs },
    stopAsked: container.stopRequested === true || stop !== null,
  }
}

export function toObserved(container: ModelContainer, nowMs: number): ObservedContainer {
  const { id, declaration, origin, createdAtMs, recordedLimits, restarts, anonymousVolumes, exitRecorded } = container
  const { unreadable, run, last, stop, stopAsked, image } = container
  const phase = phaseOf(container)
  return {
    id,
    declaration,
    origin,
    createdAtMs,
    phase: unreadable === null ? { known: true, value: phase } : { known: false, why: unreadable },
    recordedLimits,
    kernelLimits: phase.phase === 'running' && run !== null ? { known: true, value: run.limits } : null,
    ...(phase.phase === 'running' && run !== null && unreadable === null && comparedMounts(container).length > 0
      ? { mountDrifts: { known: true as const, value: run.mountDrifts } }
      : {}),
    ...(phase.phase === 'running' && run !== null && run.bound.length > 0
      ? { files: run.bound.map(file => fileAt(file, nowMs)) }
      : {}),
    ...(container.endpoints === undefined ? {} : { endpoints: container.endpoints }),
    ...(phase.phase === 'running' && run !== null && container.endpoints !== undefined
      ? { linkFaults: { known: true as const, value: run.linkFaults } }
      : {}),
    look: phase.phase === 'running' && run !== null ? { known: true, value: run.look } : null,
    ...healthOf(container, phase),
    ...(last !== null && (stop !== null || stopAsked) && stop?.again !== undefined ? { stoppedFor: stop.again } : {}),
    hold: container.hold ?? null,
    heals: container.heals ?? {},
    restarts,
    anonymousVolumes,
    image,
    exitRecorded,
    stopRequested: last !== null && (stop !== null || stopAsked),
    watched: false,
  }
}

const wellSoon = (nowMs: number) => ({ atMs: nowMs + 500, status: 'healthy' }) as const

/** Probes of a new run, or of one that was not probed before. */
export function beginProbes({ declaration }: ModelContainer, run: Run, nowMs: number, isSick: boolean): void {
  const check = healthCheckOf(declaration.health, null)
  if (check === null) return
  run.health = { ...newHealth(run.startedAtMs, []), check, recorded: 'starting' }
  run.verdict = isSick ? { atMs: nowMs + 2000, status: 'unhealthy' } : wellSoon(nowMs)
}

/** What its probes say by now. */
export function hearProbes(run: Run, nowMs: number): void {
  const { health, verdict } = run
  if (health === undefined || verdict === null || verdict.atMs > nowMs) return
  run.health = { ...health, status: verdict.status, sinceMs: verdict.atMs }
  run.verdict = null
}

/** Where nothing is asked any more, nothing is seen. */
function healthOf({ declaration, run }: ModelContainer, phase: Phase) {
  const check = healthCheckOf(declaration.health, null)
  if (check === null) return {}
  const checked = true as const
  return phase.phase === 'running' && run?.health !== undefined
    ? { checked, health: { ...run.health, check } }
    : { checked }
}

const stopBefore = ({ stoppedFor, phase }: ObservedContainer) =>
  stoppedFor === undefined || !phase.known ? null : { sinceMs: 0, graceMs: 0, again: stoppedFor }

function phaseOf({ files, run, startingUntilMs, last }: ModelContainer): Phase {
  if (files !== 'whole') return { phase: files }
  if (startingUntilMs !== null) return { phase: 'starting' }
  if (run !== null) {
    const process = { pid: run.pid, startTicks: run.startTicks, bootId }
    return { phase: 'running', process, startedAtMs: run.startedAtMs, shim: run.shim }
  }
  return last === null ? { phase: 'created' } : { phase: 'exited', ...last }
}
