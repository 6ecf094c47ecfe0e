import { secondLookMs } from '../model/desired.ts'
import type { Plan } from '../model/plan.ts'

export type AbsentSince = Readonly<Record<string, number>>

/** What a plan found undeclared, with the time of the first look: the next pass may prune what is old enough. */
export function absences(plan: Plan, before: AbsentSince): AbsentSince {
  const now: Record<string, number> = {}
  for (const waiting of plan.waiting) {
    if (waiting.for.code !== 'second-look') continue
    const key = `${waiting.subject.kind} ${waiting.subject.name}`
    now[key] = before[key] ?? waiting.for.untilMs - secondLookMs
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
