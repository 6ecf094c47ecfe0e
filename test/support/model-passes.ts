import { absences } from '../../src/cli/passes/absence.ts'
import type { DesiredState } from '../../src/model/desired.ts'
import type { ContainerId } from '../../src/model/identity.ts'
import type { ObservedState } from '../../src/model/observed.ts'
import type { Plan, Refusal, Step } from '../../src/model/plan.ts'
import { nextDeadlineMs } from '../../src/plan/deadline.ts'
import type { ModelHost } from './model-host.ts'

export type Planner = (desired: DesiredState, observed: ObservedState, mint: () => ContainerId) => Plan

/** The `step`th step of all is torn in the middle, and whoever carried it out is gone. */
export type Crash = { readonly step: number; readonly how: 0 | 1 }

/** Which of `choices` steps that may be carried out now comes next. */
export type Pick = (choices: number) => number

/** Steps as they stand in the plan, one after another. */
export const inPlanOrder: Pick = () => 0

export type Settled = {
  readonly quiet: boolean
  readonly passes: number
  readonly last: Plan
  /** steps that a plan left although all of it was carried out, with no time passing */
  readonly leftover: readonly string[]
  /** stops that plans had; a crash may have come before one of them */
  readonly plannedStops: readonly PlannedStop[]
}

export type PlannedStop = { readonly id: ContainerId; readonly atMs: number }

const maxPasses = 150

/** Passes until nothing is to do and nothing will happen, as `--once` makes them, but without its clock. */
export function settle(
  planner: Planner,
  desired: DesiredState,
  host: ModelHost,
  crashes: readonly Crash[] = [],
  pick: Pick = inPlanOrder,
): Settled {
  const leftover: string[] = []
  const plannedStops: PlannedStop[] = []
  let { absentSinceMs } = desired
  let done = 0
  let last: Plan = { steps: [], waiting: [], blocked: [], notices: [] }
  for (let passes = 1; passes <= maxPasses; passes++) {
    const look = () => planner({ ...desired, absentSinceMs }, host.observe(), host.mint)
    last = look()
    plannedStops.push(...stopsOf(last, host.observe().nowMs))
    const carried = carryOut(last, host, { done, crashes, pick })
    done += carried.steps
    absentSinceMs = carried.crashed ? desired.absentSinceMs : absences(last, desired, absentSinceMs)
    if (!carried.crashed && last.steps.length > 0 && !carried.failed)
      leftover.push(...look().steps.filter(isLeftBy(last)).map(leftoverText))
    if (leftover.length > 0) return { quiet: false, passes, last, leftover, plannedStops }
    if (carried.crashed) continue
    const nextMs =
      last.steps.length > 0 && !carried.failed ? host.observe().nowMs + 1 : nextLookMs(last, host, carried.failed)
    if (nextMs === null) return { quiet: true, passes, last, leftover, plannedStops }
    host.advanceTo(nextMs)
  }
  return { quiet: false, passes: maxPasses, last, leftover, plannedStops }
}

const stopsOf = ({ steps }: Plan, atMs: number): PlannedStop[] =>
  steps.flatMap(({ action }) => (action.kind === 'begin-stop' ? [{ id: action.id, atMs }] : []))

type Way = { readonly done: number; readonly crashes: readonly Crash[]; readonly pick: Pick }

/** As `reconcile` does it: a failed step spares what doesn't depend on it, a crash tears everything that was under way. */
function carryOut(plan: Plan, host: ModelHost, { done, crashes, pick }: Way) {
  const failed = new Set<number>()
  const ended = new Set<number>()
  let steps = 0
  for (let ready = readySteps(plan, ended); ready.length > 0; ready = readySteps(plan, ended)) {
    const step = ready[pick(ready.length)]
    if (step === undefined) throw new Error(`no choice among ${ready.length} steps`)
    ended.add(step.id)
    if (step.after.some(id => failed.has(id))) {
      failed.add(step.id)
      continue
    }
    steps++
    const crash = crashes.find(({ step: number }) => number === done + steps)
    if (crash !== undefined) {
      host.tear(step.action, crash.how)
      tearOthers(
        ready.filter(other => other !== step && !other.after.some(id => failed.has(id))),
        host,
        pick,
      )
      host.die()
      return { crashed: true, failed: false, steps }
    }
    if (host.execute(step.action) !== null) failed.add(step.id)
  }
  return { crashed: false, failed: failed.size > 0, steps }
}

/** No more than is promised: what `after` names has ended, and so have earlier steps of the same subject. */
function readySteps(plan: Plan, ended: ReadonlySet<number>): readonly Step[] {
  const busy = new Set<string>()
  return plan.steps.filter(step => {
    if (ended.has(step.id)) return false
    const subject = `${step.subject.kind} ${step.subject.name}`
    const isFirst = !busy.has(subject)
    busy.add(subject)
    return isFirst && step.after.every(id => ended.has(id))
  })
}

/** Steps side by side with the one that the crash hit, each not begun or torn in one of two ways. */
function tearOthers(others: readonly Step[], host: ModelHost, pick: Pick): void {
  for (const { action } of others) {
    const fate = pick(3)
    if (fate === 1 || fate === 2) host.tear(action, fate === 1 ? 0 : 1)
  }
}

function nextLookMs(plan: Plan, host: ModelHost, failed: boolean): number | null {
  const nowMs = host.observe().nowMs
  const deadlineMs = nextDeadlineMs(plan, nowMs)
  const eventMs = host.nextEventMs()
  const times = [
    ...(deadlineMs === null ? [] : [nowMs + deadlineMs]),
    ...(eventMs === null ? [] : [eventMs]),
    ...(failed ? [nowMs + 1000] : []),
  ]
  return times.length === 0 ? null : Math.max(nowMs + 1, Math.min(...times))
}

/**
 * What is refused a new container for want of its image stays as it was. Once a step has started or repaired it, what can be
 * changed in place is for the next pass.
 */
function isLeftBy({ steps, waiting, blocked }: Plan): (step: Step) => boolean {
  const refused = new Set([...waiting, ...blocked].map(({ subject }) => subject.name))
  const lastGood = new Set(steps.map(({ subject }) => subject.name).filter(name => refused.has(name)))
  const freed = new Set(blocked.flatMap(({ subject, refusal }) => (isFreed(refusal) ? [subject.name] : [])))
  if (freed.size > 0) freed.add('nftables').add('ports')
  for (const name of freed) lastGood.add(name)
  const isFreeToo = ({ action }: Step) => freed.size > 0 && action.kind === 'connect-container'
  return step =>
    !isFreeToo(step) && !lastGood.has(step.reason.code === 'needed-by' ? step.reason.subject : step.subject.name)
}

const leftoverText = ({ action, subject, reason }: Plan['steps'][number]) =>
  `${action.kind} ${subject.name}: ${reason.code}`

/** What stood in the way may have gone with this plan: a subnet, and with it an internal network, an address, a port. */
const isFreed = ({ code }: Refusal): boolean =>
  code === 'subnet-taken' ||
  code === 'network-undeclared' ||
  code === 'no-filter' ||
  code === 'address' ||
  code === 'port-taken' ||
  code === 'port-unreachable'
