import type { Problem } from '../model/desired.ts'
import type { Plan } from '../model/plan.ts'
import type { DoctorLine } from './host/doctor.ts'
import type { DriftReport } from './objects/drift.ts'
import type { Run } from './passes/run.ts'
import { isPending } from './passes/rows.ts'
import { isGuard, type Verdict, verdictOf } from './passes/verdict.ts'

const codes: Readonly<Record<Verdict, number>> = { converged: 0, failed: 1, 'not-ready': 3, refused: 4, invalid: 5 }

/** Of `--once`. With `detailed` 2 means: converged, and something was changed. */
export function exitCodeOfRun(run: Run, detailed: boolean): number {
  const code = codes[verdictOf(run)]
  const changed = run.steps.some(step => step.result === 'done' && isPending(step.step))
  return code === 0 && detailed && changed ? 2 : code
}

/** Of `plan`: a guard that refuses, a wrong manifest, pending work, nothing. A running one-shot is no pending work. */
export function exitCodeOfPlan(plan: Plan, problems: readonly Problem[]): number {
  if (plan.blocked.some(blocked => isGuard(blocked.refusal))) return 4
  if (problems.length > 0) return 5
  const pending = plan.steps.some(isPending) || plan.waiting.some(waiting => waiting.for.code !== 'completion')
  return pending ? 2 : 0
}

/** Of `drift`; 1 when something could not be judged: unreadable is not the same as undrifted. */
export const exitCodeOfDrift = (report: DriftReport): number =>
  report.drifts.length > 0 ? 2 : report.unreadable.length > 0 ? 1 : 0

export const exitCodeOfValidate = (problems: readonly Problem[]): number => (problems.length > 0 ? 5 : 0)

export const exitCodeOfDoctor = (lines: readonly DoctorLine[]): number =>
  lines.some(line => line.verdict === 'missing') ? 1 : 0
