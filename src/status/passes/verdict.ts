import type { Refusal, Waiting } from '../../model/plan.ts'
import type { Run } from './run.ts'

export type Verdict = 'converged' | 'failed' | 'refused' | 'not-ready' | 'invalid'

/**
 * The one word for a run, the worst thing first: a step or container that failed in the end, a guard that refused,
 * what isn't ready yet, a manifest that is wrong while the others converged. A step that failed and was done later
 * is no failure.
 */
export function verdictOf(run: Pick<Run, 'last' | 'readiness'>): Verdict {
  const { plan, steps, desired } = run.last
  const refusals = plan.blocked.map(blocked => blocked.refusal)
  const failed = steps.some(step => step.result === 'failed') || plan.waiting.some(isFailedStart)
  if (failed || refusals.some(isFailure)) return 'failed'
  if (refusals.some(isGuard)) return 'refused'
  if (run.readiness.failed.length > 0) return 'failed'
  if (run.readiness.notReady.length > 0 || steps.some(step => step.result === 'skipped')) return 'not-ready'
  return desired.problems.length > 0 ? 'invalid' : 'converged'
}

/** Something went wrong, as opposed to a guard that holds us back. */
const isFailure = ({ code }: Refusal): boolean => failures.includes(code)

const failures: readonly Refusal['code'][] = [
  'failed',
  'restarts-exhausted',
  'unreadable',
  'bind-source',
  'mount',
  'image-absent',
  'pull-failed',
]

/** What is blocked by what it depends on is judged by that. */
export const isGuard = (refusal: Refusal): boolean => !isFailure(refusal) && refusal.code !== 'dependency'

/** A start that failed is tried again later, but the command itself is wrong: that is a failure already. */
export const isFailedStart = (waiting: Waiting): boolean =>
  waiting.for.code === 'back-off' && waiting.for.failedStart !== null
