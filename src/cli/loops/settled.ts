import type { DesiredState } from '../../model/desired.ts'
import type { Outcome, StepOutcome } from '../../model/outcome.ts'
import { passLoop, type Next } from '../../watch/loop.ts'
import type { Trigger } from '../../watch/trigger.ts'
import { type AbsentSince, absences } from '../passes/absence.ts'
import type { Refused } from '../context/context.ts'
import { connectWorld } from '../world/world-triggers.ts'
import { passMaker, type PassParts } from '../passes/passes.ts'
import { RefusedError } from '../context/refused-error.ts'
import { progressOf, restlessPasses } from './settle.ts'
import { systemTimers } from '../context/system-timers.ts'

export type SettledParts = Omit<PassParts<unknown>, 'desired' | 'extentOf'> & {
  readonly desired: (absentSinceMs: AbsentSince) => Promise<DesiredState>
  readonly timeoutMs: number
  /** Looks at a pass after which nothing is under way: a number of ms to look again, or null when that is all. */
  readonly notYetMs?: (outcome: Outcome) => number | null
}

export type Settled = {
  readonly ended: 'quiet' | 'timeout' | 'interrupted' | Refused
  /** the last pass, if there was one */
  readonly last: Outcome | null
  /** of all passes, in order */
  readonly steps: readonly StepOutcome[]
  /** until nothing was left to do; looking at it a while longer does not count */
  readonly ms: number
}

const restlessDelayMs = 200
const lookAgainMs = 500

/** A watcher's probes wake nobody here: what they say is looked for. */
function soonEnough(laterMs: number | null, { plan, observed }: Outcome): number | null {
  const probed = new Set(observed.containers.flatMap(({ id, watched }) => (watched ? [id] : [])))
  const isProbed = plan.waiting.some(
    ({ subject, for: cause }) => cause.code === 'health' && probed.has(subject.id ?? ''),
  )
  return isProbed ? Math.min(laterMs ?? lookAgainMs, lookAgainMs) : laterMs
}

/** Passes until nothing is under way any more, the time is over, or somebody interrupts. */
export async function settledPasses(parts: SettledParts, interrupted: AbortSignal): Promise<Settled> {
  const begunMs = performance.now()
  const timeout = new AbortController()
  const cancelTimeout = systemTimers.after(parts.timeoutMs, () => timeout.abort())
  const state = {
    last: null as Outcome | null,
    absentSinceMs: {} as AbsentSince,
    restless: 0,
    quiet: false,
    quietAtMs: null as number | null,
  }
  let refusal: Refused | null = null
  const steps: StepOutcome[] = []
  const pass = passMaker({ ...parts, desired: () => parts.desired(state.absentSinceMs) }, interrupted)

  const onOutcome = (outcome: Outcome): Next => {
    steps.push(...outcome.steps)
    const progress = progressOf(outcome, state.last)
    state.last = outcome
    parts.world.probes.follow(outcome.observed, ({ watched }) => !watched)
    state.absentSinceMs = absences(outcome.plan, outcome.desired, state.absentSinceMs)
    state.restless = progress === 'again' ? state.restless + 1 : 0
    if (progress === 'again') {
      state.quietAtMs = null
      return { retryAfterMs: state.restless > restlessPasses ? restlessDelayMs : 0 }
    }
    state.quietAtMs = progress === 'quiet' ? (state.quietAtMs ?? performance.now()) : null
    const laterMs = progress === 'wait' ? outcome.retryAfterMs : (parts.notYetMs?.(outcome) ?? null)
    state.quiet = progress === 'quiet' && laterMs === null
    if (state.quiet) return 'end'
    return { retryAfterMs: parts.world.watches.refresh(outcome.observed) ? 0 : soonEnough(laterMs, outcome) }
  }
  const onError = (error: unknown): boolean => {
    if (!(error instanceof RefusedError)) throw error
    refusal = error.refusal
    return true
  }
  try {
    const connect = (post: (trigger: Trigger) => void) => connectWorld(parts.world, post, 'all')
    const signal = AbortSignal.any([interrupted, timeout.signal])
    await passLoop({ pass, onOutcome, onError, connect, sweepMs: null, timers: systemTimers }, signal)
  } finally {
    cancelTimeout()
  }
  const ended = refusal ?? (state.quiet ? 'quiet' : interrupted.aborted ? 'interrupted' : 'timeout')
  return { ended, last: state.last, steps, ms: (state.quietAtMs ?? performance.now()) - begunMs }
}
