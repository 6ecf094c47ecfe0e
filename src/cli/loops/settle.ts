import type { Outcome, StepOutcome } from '../../model/outcome.ts'
import type { Waiting } from '../../model/plan.ts'

/** How `--once`, `restart` and `down` go on after a pass. */
export type Progress = 'again' | 'wait' | 'quiet'

/** Passes in a row that did something; more of them means that steps undo each other, and the loop slows down. */
export const restlessPasses = 20

/**
 * `again`: something was done, so look whether it is all. `wait`: something is under way that ends by itself.
 * `quiet`: nothing more will happen without a change from outside.
 */
export function progressOf(outcome: Outcome, before: Outcome | null): Progress {
  const failures = failuresOf(outcome)
  const isRepeated = failures.length > 0 && before !== null && isSameList(failures, failuresOf(before))
  if (outcome.steps.some(step => step.result === 'done' && !(isRepeated && isClearing(step, outcome)))) return 'again'
  if (failures.length > 0 && !isRepeated) return 'wait'
  return outcome.plan.waiting.some(isUnderWay) ? 'wait' : 'quiet'
}

/** It removed what a creation had left that failed before, and now has failed again. */
const isClearing = ({ step }: StepOutcome, { steps }: Outcome): boolean =>
  step.action.kind === 'delete-container' &&
  steps.some(
    other =>
      other.result === 'failed' &&
      other.step.action.kind === 'create-container' &&
      other.step.subject.name === step.subject.name,
  )

/**
 * A start that failed is tried again later, but `--once` does not sit there meanwhile: the command itself is wrong. What waits
 * for another container is under way as long as that one is, which is told of that one.
 */
const isUnderWay = ({ for: cause }: Waiting): boolean =>
  cause.code !== 'dependency' &&
  cause.code !== 'dependant' &&
  !(cause.code === 'back-off' && cause.failedStart !== null)

const failuresOf = (outcome: Outcome): string[] =>
  outcome.steps.flatMap(({ result, step }) =>
    result === 'failed' ? [`${step.action.kind} ${step.subject.kind} ${step.subject.name}`] : [],
  )

const isSameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i])
