import type { HealthCheck, HealthRecord, ProbeResult } from '../../model/health.ts'
import type { ContainerId, ProcessIdentity } from '../../model/identity.ts'
import type { ObservedContainer, ObservedState } from '../../model/observed.ts'
import type { ProbeAnswer } from '../../runtime/probe.ts'
import { afterProbe, nextProbeAtMs } from '../../supervise/health.ts'
import type { Timers } from '../../watch/loop.ts'

/** Of all containers together: each is a process, and one that hangs keeps its place until its time is over. */
const probesAtOnce = 32

export type ProbesParts = {
  readonly nowMs: () => number
  readonly timers: Timers
  readonly run: (id: ContainerId, check: HealthCheck, signal: AbortSignal) => Promise<ProbeAnswer>
  readonly write: (id: ContainerId, record: HealthRecord) => void
}

/** `isOther`: its status is not what it was. */
export type ProbeNews = { readonly id: ContainerId; readonly isOther: boolean }

/** A run that is probed. */
type Probed = {
  readonly process: ProcessIdentity
  readonly startedAtMs: number
  check: HealthCheck
  health: HealthRecord
  /** the end of the last one that said nothing; null: the last one said something */
  voidAtMs: number | null
  isBusy: boolean
}

/** The probes of this process: begun by time, beside the passes, which hear of their ends. */
export class Probes {
  readonly #parts: ProbesParts
  readonly #ended = new AbortController()
  readonly #listeners = new Set<(news: ProbeNews) => void>()
  readonly #probed = new Map<ContainerId, Probed>()
  #busy = 0
  #cancelTimer: (() => void) | null = null

  constructor(parts: ProbesParts) {
    this.#parts = parts
  }

  /** From now on these of what was seen are probed, and no others. */
  follow({ containers, operations }: ObservedState, isOurs: (container: ObservedContainer) => boolean): void {
    const stopping = new Set(operations.map(one => (one.kind === 'stop' ? one.containerId : '')))
    const before = new Map(this.#probed)
    this.#probed.clear()
    for (const container of containers) {
      if (stopping.has(container.id) || !isOurs(container)) continue
      const probed = probedOf(container, before.get(container.id))
      if (probed !== null) this.#probed.set(container.id, probed)
    }
    this.#schedule()
  }

  onNews(listener: (news: ProbeNews) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** What runs is killed. */
  close(): void {
    this.#cancelTimer?.()
    this.#probed.clear()
    this.#listeners.clear()
    this.#ended.abort()
  }

  #schedule(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    if (this.#busy >= probesAtOnce) return
    const nowMs = this.#parts.nowMs()
    const times = [...this.#probed.values()].filter(({ isBusy }) => !isBusy).map(probed => dueAtMs(probed, nowMs))
    if (times.length === 0) return
    const delayMs = Math.max(0, Math.min(...times) - nowMs)
    this.#cancelTimer = this.#parts.timers.after(delayMs, () => this.#begin())
  }

  /** Who has waited longest goes first. */
  #begin(): void {
    const nowMs = this.#parts.nowMs()
    const due = [...this.#probed]
      .filter(([, probed]) => !probed.isBusy && dueAtMs(probed, nowMs) <= nowMs)
      .sort(([, a], [, b]) => dueAtMs(a, nowMs) - dueAtMs(b, nowMs))
    for (const [id, probed] of due.slice(0, probesAtOnce - this.#busy)) void this.#probe(id, probed)
    this.#schedule()
  }

  async #probe(id: ContainerId, probed: Probed): Promise<void> {
    const { nowMs, run, write } = this.#parts
    probed.isBusy = true
    this.#busy++
    const startMs = nowMs()
    const { check } = probed
    const answer = await run(id, check, this.#ended.signal)
    probed.isBusy = false
    this.#busy--
    if (this.#ended.signal.aborted) return
    const result = resultOf(answer, check, { startMs, endMs: nowMs() })
    probed.voidAtMs = result === null ? nowMs() : null
    // one that is no longer followed is somebody else's to tell of
    if (result !== null && this.#probed.get(id) === probed) {
      const { version, process, status } = probed.health
      probed.health = { version, process, ...afterProbe(check, probed.health, result, probed.startedAtMs) }
      write(id, probed.health)
      for (const listener of this.#listeners) listener({ id, isOther: probed.health.status !== status })
    }
    this.#schedule()
  }
}

/** What is known of the same run goes on, whatever was read meanwhile; what stands still is not probed. */
function probedOf({ health, phase, look }: ObservedContainer, before: Probed | undefined): Probed | null {
  if (health === undefined || !phase.known || phase.value.phase !== 'running') return null
  if (look?.known === true && look.value.kernel.frozen) return null
  const { process, startedAtMs } = phase.value
  const { check, status, sinceMs, failingStreak, log } = health
  if (before?.process.pid === process.pid && before.process.startTicks === process.startTicks) {
    before.check = check
    return before
  }
  const record = { version: 1, process, status, sinceMs, failingStreak, log } as const
  return { process, startedAtMs, check, health: record, voidAtMs: null, isBusy: false }
}

function dueAtMs({ check, health, startedAtMs, voidAtMs }: Probed, nowMs: number): number {
  const atMs = nextProbeAtMs(check, health, startedAtMs, nowMs)
  return voidAtMs === null ? atMs : Math.max(atMs, Math.min(voidAtMs, nowMs) + check.intervalMs)
}

function resultOf(
  answer: ProbeAnswer,
  { timeoutMs }: HealthCheck,
  times: Pick<ProbeResult, 'startMs' | 'endMs'>,
): ProbeResult | null {
  switch (answer.is) {
    case 'ended':
      return { ...times, exitCode: answer.code, output: answer.output }
    case 'failed':
      return { ...times, exitCode: -1, output: answer.message }
    case 'timeout': {
      const output = answer.output === '' ? '' : `: ${answer.output}`
      return { ...times, exitCode: -1, output: `Health check exceeded timeout (${goDuration(timeoutMs)})${output}` }
    }
    case 'void':
      return null
  }
}

/** `30s`, `500ms`, `1m30s` as docker's words have it. */
function goDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`
  const minutes = Math.floor(ms / 60_000)
  const seconds = (ms % 60_000) / 1000
  return `${minutes === 0 ? '' : `${minutes}m`}${seconds}s`
}
