import { absences } from '../../src/cli/absence.ts'
import type { DesiredState } from '../../src/model/desired.ts'
import type { ContainerId } from '../../src/model/identity.ts'
import type { ObservedState } from '../../src/model/observed.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { ModelHost } from './model-host.ts'

export type Planner = (desired: DesiredState, observed: ObservedState, mint: () => ContainerId) => Plan

/** The `step`th step of all is torn in the middle, and whoever carried it out is gone. */
export type Crash = { readonly step: number; readonly how: 0 | 1 }

export type Settled = {
  readonly quiet: boolean
  readonly passes: number
  readonly last: Plan
  /** steps that a plan left although all of it was carried out, with no time passing */
  readonly leftover: readonly string[]
}

const maxPasses = 150

/** Passes until nothing is to do and nothing will happen, as `--once` makes them, but without its clock. */
export function settle(
  planner: Planner,
  desired: DesiredState,
  host: ModelHost,
  crashes: readonly Crash[] = [],
): Settled {
  const leftover: string[] = []
  let { absentSinceMs } = desired
  let done = 0
  let last: Plan = { steps: [], waiting: [], blocked: [], notices: [] }
  for (let passes = 1; passes <= maxPasses; passes++) {
    const look = () => planner({ ...desired, absentSinceMs }, host.observe(), host.mint)
    last = look()
    const carried = carryOut(last, host, done, crashes)
    done += carried.steps
    absentSinceMs = carried.crashed ? desired.absentSinceMs : absences(last, absentSinceMs)
    if (!carried.crashed && last.steps.length > 0 && !carried.failed) leftover.push(...look().steps.map(leftoverText))
    if (leftover.length > 0) return { quiet: false, passes, last, leftover }
    if (carried.crashed) continue
    const nextMs =
      last.steps.length > 0 && !carried.failed ? host.observe().nowMs + 1 : nextLookMs(last, host, carried.failed)
    if (nextMs === null) return { quiet: true, passes, last, leftover }
    host.advanceTo(nextMs)
  }
  return { quiet: false, passes: maxPasses, last, leftover }
}

/** As `reconcile` does it: in order, a failed step spares what doesn't depend on it. */
function carryOut(plan: Plan, host: ModelHost, done: number, crashes: readonly Crash[]) {
  const failed = new Set<number>()
  let steps = 0
  for (const step of plan.steps) {
    if (step.after.some(id => failed.has(id))) {
      failed.add(step.id)
      continue
    }
    steps++
    const crash = crashes.find(({ step: number }) => number === done + steps)
    if (crash !== undefined) {
      host.tear(step.action, crash.how)
      return { crashed: true, failed: false, steps }
    }
    if (host.execute(step.action) !== null) failed.add(step.id)
  }
  return { crashed: false, failed: failed.size > 0, steps }
}

function nextLookMs(plan: Plan, host: ModelHost, failed: boolean): number | null {
  const nowMs = host.observe().nowMs
  const deadlines = plan.waiting.flatMap(waiting => ('untilMs' in waiting.for ? [waiting.for.untilMs] : []))
  const eventMs = host.nextEventMs()
  const times = [...deadlines, ...(eventMs === null ? [] : [eventMs]), ...(failed ? [nowMs + 1000] : [])]
  return times.length === 0 ? null : Math.max(nowMs + 1, Math.min(...times))
}

const leftoverText = ({ action, subject, reason }: Plan['steps'][number]) =>
  `${action.kind} ${subject.name}: ${reason.code}`
