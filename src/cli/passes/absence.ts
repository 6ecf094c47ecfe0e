import { type DesiredState, secondLookMs } from '../../model/desired.ts'
import { fullName } from '../../model/identity.ts'
import type { Plan } from '../../model/plan.ts'

export type AbsentSince = Readonly<Record<string, number>>

/**
 * What a plan found undeclared, with the time of the first look: the next pass may prune what is old enough. What is
 * being removed stays absent: after its stop nobody looks twice again.
 */
export function absences(plan: Plan, desired: Pick<DesiredState, 'containers'>, before: AbsentSince): AbsentSince {
  const now: Record<string, number> = {}
  const declared = new Set(desired.containers.map(({ name }) => `container ${fullName(name)}`))
  const leaving = [
    ...plan.steps.filter(({ reason }) => reason.code === 'undeclared'),
    ...plan.waiting.filter(({ for: { code } }) => code === 'stop' || code === 'dependant'),
  ]
  for (const { subject } of leaving) {
    const key = `${subject.kind} ${subject.name}`
    const sinceMs = before[key]
    if (sinceMs !== undefined && !declared.has(key)) now[key] = sinceMs
  }
  for (const waiting of plan.waiting) {
    if (waiting.for.code !== 'second-look') continue
    const key = `${waiting.subject.kind} ${waiting.subject.name}`
    now[key] = Math.min(before[key] ?? Infinity, waiting.for.untilMs - secondLookMs)
  }
  return now
}

/** The same with every second look already taken: for a dry run and for `down`. */
export const longAbsent = (plan: Plan): AbsentSince =>
  Object.fromEntries(
    plan.waiting.flatMap(({ subject, for: what }) =>
      what.code === 'second-look' ? [[`${subject.kind} ${subject.name}`, 0]] : [],
    ),
  )
