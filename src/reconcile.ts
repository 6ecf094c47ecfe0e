import type { Result } from './model/errors.ts'
import { onlyAbout } from './model/action.ts'
import type { DesiredState } from './model/desired.ts'
import type { ContainerId } from './model/identity.ts'
import type { Extent, ObservedContainer, ObservedState } from './model/observed.ts'
import type { Outcome, StepFacts, StepOutcome } from './model/outcome.ts'
import type { Plan, Step, StepId } from './model/plan.ts'
import { nextDeadlineMs } from './plan/deadline.ts'
import { plan } from './plan/plan.ts'
import { turns } from './plan/schedule.ts'

/** The world as a pass needs it; cli/world/wire.ts plugs in the real one, tests a model of it. */
export type Host = {
  /** May remember what nothing touched since an earlier look, if it says so in `fresh`. */
  readonly observe: (desired: DesiredState, extent: Extent) => Promise<ObservedState>
  readonly mint: () => ContainerId
  /** Carries one step out, side by side with others about other objects. Decides nothing; milliseconds. */
  readonly execute: (step: Step) => Promise<Result<StepFacts>>
  /** Called as each step ends, for the screen and the history. */
  readonly onStep: (outcome: StepOutcome) => void
  readonly elapsedMs: () => number
}

/** One pass: observe, plan, converge. Never waits for what takes long; a failed step spares what doesn't depend on it. */
export async function reconcile(desired: DesiredState, host: Host, signal: AbortSignal): Promise<Outcome> {
  const begunMs = host.elapsedMs()
  const { observed, planned } = await look(desired, host)
  const steps = await converge(planned, host, signal)
  return {
    desired,
    observed,
    plan: planned,
    steps,
    retryAfterMs: retryAfterMs(planned, steps, observed.nowMs),
    ms: host.elapsedMs() - begunMs,
  }
}

/** What is remembered may be old: it can delay a step till the next look at everything, but never cause one. */
async function look(desired: DesiredState, host: Host): Promise<{ observed: ObservedState; planned: Plan }> {
  const touched = await host.observe(desired, 'touched')
  const planned = plan(desired, touched, host.mint)
  if (restsOnWhatWasRead(planned, touched)) return { observed: touched, planned }
  const observed = await host.observe(desired, 'all')
  return { observed, planned: plan(desired, observed, host.mint) }
}

const restsOnWhatWasRead = ({ steps }: Plan, { fresh, containers }: ObservedState): boolean =>
  fresh === undefined ||
  steps.every(({ action }) => {
    const id = onlyAbout(action)
    if (id === null || !fresh.has(id)) return false
    return action.kind !== 'start-container' || !mustFindMounts(containers.find(one => one.id === id))
  })

/** Where the data's disk is gone, a start would write below its mount point. */
const mustFindMounts = (container: ObservedContainer | undefined): boolean =>
  container === undefined || container.declaration.spec.mounts.some(one => one.type === 'bind' && one.requireMount)

/** Most of a step is waiting for the kernel and the disk; more at once than this brings nothing. */
const stepsAtOnce = 8

/** Begins each step as soon as all that it stands behind has ended. Gives the outcomes in the plan's order. */
async function converge(planned: Plan, host: Host, signal: AbortSignal): Promise<StepOutcome[]> {
  const outcomes = new Map<StepId, StepOutcome>()
  const running = new Set<Promise<void>>()
  let waiting = turns(planned.steps)
  const begin = async (step: Step): Promise<void> => {
    const outcome = await runStep(step, host, outcomes, signal)
    outcomes.set(step.id, outcome)
    host.onStep(outcome)
  }
  try {
    while (waiting.length > 0) {
      const ready = waiting.filter(({ behind }) => behind.every(id => outcomes.has(id)))
      const begun = new Set(ready.slice(0, stepsAtOnce - running.size))
      waiting = waiting.filter(turn => !begun.has(turn))
      for (const { step } of begun) {
        const task = begin(step).finally(() => running.delete(task))
        running.add(task)
      }
      if (running.size === 0) throw new Error('steps of the plan wait for each other')
      await Promise.race(running)
    }
    await Promise.all(running)
  } finally {
    // whatever threw: nothing is left running behind the pass lock
    await Promise.allSettled(running)
  }
  return planned.steps.flatMap(({ id }) => outcomes.get(id) ?? [])
}

type Ended = ReadonlyMap<StepId, StepOutcome>

async function runStep(step: Step, host: Host, ended: Ended, signal: AbortSignal): Promise<StepOutcome> {
  if (signal.aborted) return { result: 'skipped', step, because: 'cancelled' }
  if (step.after.some(id => ended.get(id)?.result !== 'done'))
    return { result: 'skipped', step, because: 'dependency-failed' }
  const begunMs = host.elapsedMs()
  const result = await host.execute(step)
  const ms = host.elapsedMs() - begunMs
  return result.ok
    ? { result: 'done', step, ms, facts: result.value }
    : { result: 'failed', step, ms, error: result.error }
}

const failedStepRetryMs = 1000

/** When to look again without an event: the earliest deadline that the plan waits for, or soon after a failure. */
function retryAfterMs(planned: Plan, steps: readonly StepOutcome[], nowMs: number): number | null {
  const deadlineMs = nextDeadlineMs(planned, nowMs)
  if (!steps.some(outcome => outcome.result === 'failed')) return deadlineMs
  return Math.min(failedStepRetryMs, deadlineMs ?? failedStepRetryMs)
}
