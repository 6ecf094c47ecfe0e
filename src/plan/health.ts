import { onUnhealthyOf, type SeenHealth } from '../model/health.ts'
import type { StopAgain } from '../model/observed.ts'
import { isOneShot } from '../supervise/completion.ts'
import { afterExit } from '../supervise/restart.ts'
import type { Accepted } from './accepted.ts'
import type { Candidate } from './candidates.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'

/** What its ill health asks for: a stop, with what follows it, or to be let be until then; null: nothing. */
type Remedy = { readonly again: StopAgain } | { readonly untilMs: number }

/** Health that is lost is judged as a crash at that moment would be: by restart policy, tries and back-off. */
export function remedyFor(wanted: Accepted, kept: Candidate, nowMs: number): Remedy | null {
  const { health, restarts, phase } = kept
  const onUnhealthy = onUnhealthyOf(wanted)
  if (health?.status !== 'unhealthy' || phase.value.phase !== 'running') return null
  if (onUnhealthy === 'none' || wanted.state !== 'running') return null
  const exit = { kind: 'code', code: 1, atMs: health.sinceMs } as const
  const ended = { exit, ranMs: health.sinceMs - phase.value.startedAtMs }
  const after = afterExit(wanted.restart, ended, restarts, nowMs)
  if (after.verdict === 'restart-now') return { again: { streak: after.streak, recreate: onUnhealthy === 'recreate' } }
  return after.verdict === 'back-off' ? { untilMs: after.untilMs } : null
}

export const lastResult = ({ log }: SeenHealth) => log.at(-1) ?? null

/** Its status goes where people and Docker's files find it. */
export function recordHealth(draft: Draft, kept: Candidate): void {
  const { health } = kept
  if (health === undefined || health.status === health.recorded) return
  const subject = containerSubject(kept)
  const action = { kind: 'record-health', id: kept.id, status: health.status } as const
  const reason = { code: 'health-changed', from: health.recorded, last: lastResult(health) } as const
  addStep(draft, { subject, action, reason, class: 'bookkeeping', after: [], position: null })
}

export function waitForHealth(draft: Draft, wanted: Accepted, kept: Candidate): void {
  const { health } = kept
  if (health === undefined) return
  const { status, sinceMs } = health
  const subject = containerSubject(kept)
  const last = lastResult(health)
  // what stands still says nothing
  if (status === 'healthy' || wanted.state !== 'running') return
  const remedy = remedyFor(wanted, kept, draft.observed.nowMs)
  const until = remedy !== null && 'untilMs' in remedy ? { untilMs: remedy.untilMs } : null
  // a one-shot is ready once it has ended
  if (until === null && isOneShot(wanted.restart)) return
  draft.waiting.push({ subject, for: { code: 'health', status, sinceMs, last, ...until } })
}
