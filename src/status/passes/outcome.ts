import type { DesiredState } from '../../model/desired.ts'
import type { Plan } from '../../model/plan.ts'
import { asDeclared } from './as-declared.ts'
import { leftCount } from '../text/left-text.ts'
import { objectLines, restLines } from './plan.ts'
import { isPending } from './rows.ts'
import { problemCount } from '../sources/problems.ts'
import type { Run } from './run.ts'
import type { Show } from '../text/show.ts'
import { durationText } from '../text/units.ts'
import { isFailedStart, verdictOf } from './verdict.ts'
import { counted } from '../text/words.ts'

/** The closing lines of a run: first what waits or is refused, then one line with the verdict. */
export function outcomeLines(run: Run, show: Show): string[] {
  return [...objectLines(restLines(telling(run.last.plan), show), show), closingLine(run)]
}

/** Running one-shots are waited for, not complained about. */
const telling = (plan: Plan): Plan => ({
  ...plan,
  waiting: plan.waiting.filter(waiting => waiting.for.code !== 'completion'),
})

function closingLine(run: Run): string {
  const { desired, plan } = run.last
  const took = durationText(run.ms)
  const done = run.steps.filter(step => step.result === 'done' && isPending(step.step)).length
  const work = `${counted(done, 'step')} in ${took}; ${readyText(run.readiness)}`
  const isLeft = plan.left !== undefined
  switch (verdictOf(run)) {
    case 'converged':
      return done === 0
        ? `nothing to do: ${isLeft ? leftCount(plan) : asDeclared(desired)} (${took})`
        : `converged: ${work}`
    case 'failed':
      return `failed: ${failureText(run, plan)}${work}`
    case 'refused':
      return `refused: ${counted(plan.blocked.length, 'object')} left alone; ${work}`
    case 'not-ready':
      return `not ready: ${work}`
    case 'invalid':
      return `invalid: ${invalidText(desired)}; the rest converged: ${work}`
  }
}

const readyText = ({ ready, total }: Run['readiness']) => `${ready} of ${counted(total, 'container')} ready`

function failureText(run: Run, plan: Plan): string {
  const failures = [
    [run.last.steps.filter(step => step.result === 'failed').length, 'step', 'failed'],
    [plan.waiting.filter(isFailedStart).length, 'start', 'failed'],
    [new Set(plan.blocked.flatMap(failedPull)).size, 'pull', 'failed'],
    [plan.blocked.filter(isFinalFailure).length, 'container', 'ended with a failure'],
  ] as const
  const told = failures.filter(([count]) => count > 0)
  return told.map(([count, noun, verb]) => `${counted(count, noun)} ${verb}; `).join('')
}

const failedPull = ({ refusal }: Plan['blocked'][number]) => (refusal.code === 'pull-failed' ? [refusal.reference] : [])

const isFinalFailure = ({ refusal }: Plan['blocked'][number]) =>
  refusal.code === 'failed' || refusal.code === 'restarts-exhausted'

const invalidText = (desired: DesiredState) => problemCount(desired.problems)
