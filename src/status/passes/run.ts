import type { Outcome, StepOutcome } from '../../model/outcome.ts'

/** How many declared containers are ready, by a plan made after they were last touched. */
type Readiness = {
  readonly ready: number
  readonly total: number
  readonly failed: readonly string[]
  readonly notReady: readonly string[]
}

/** All passes of one `--once`. */
export type Run = {
  /** of all passes, in order */
  readonly steps: readonly StepOutcome[]
  readonly last: Outcome
  readonly readiness: Readiness
  readonly ms: number
}
