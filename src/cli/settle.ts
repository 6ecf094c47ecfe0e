import type { Outcome } from '../model/outcome.ts'
import type { Waiting } from '../model/plan.ts'

/** How `--once`, `restart` and `down` go on after a pass. */
export type Progress = 'again' | 'wait' | 'quiet'

/** Passes in a row that did something; more of them means that steps undo each other, and the loop slows down. */
export const restlessPasses = 20

/**
 * `again`: something was done, so look whether it is all. `wait`: something is under way that ends by itself.
 * `quiet`: nothing more will happen without a change from outside.
 */
export function progressOf(outcome: Outcome, before: Outcome | null): Progress {
  if (outcome.steps.some(step => step.result === 'done')) return 'again'
  const failures = failuresOf(outcome)
  if (failures.length > 0 && !isSameList(failures, before === null ? [] : failuresOf(before))) return 'wait'
  return outcome.plan.waiting.some(isUnderWay) ? 'wait' : 'quiet'
}

/** A start that failed is tried again later, but `--once` does not sit there meanwhile: the command itself is wrong. */
const isUnderWay = (waiting: Waiting): boolean => !(waiting.for.code === 'back-off' && waiting.for.failedStart !== null)

const failuresOf = (outcome: Outcome): string[] =>
  outcome.steps.flatMap(({ result, step }) =>
    result === 'failed' ? [`${step.action.kind} ${step.subject.kind} ${step.subject.name}`] : [],
  )

const isSameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i])
