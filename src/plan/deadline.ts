import type { Plan } from '../model/plan.ts'

/** How long until the earliest moment that a plan names for another look, or null: only an event can change it. */
export function nextDeadlineMs({ waiting, blocked, left = [] }: Plan, nowMs: number): number | null {
  const causes = [
    ...waiting.map(one => one.for),
    ...blocked.map(({ refusal }) => refusal),
    ...left.map(({ why }) => why),
  ]
  const deadlines = causes.flatMap(cause => ('untilMs' in cause ? [Math.max(0, cause.untilMs - nowMs)] : []))
  return deadlines.length === 0 ? null : Math.min(...deadlines)
}
