import type { Failure } from './errors.ts'
import type { DesiredState } from './desired.ts'
import type { ObservedState } from './observed.ts'
import type { Plan, Step } from './plan.ts'

/** What an executor reports of a step that was done, for the line on the screen and the history. */
export type StepFacts = {
  readonly pid?: number
  /** with what a stop was begun, where the manifest left that to the image */
  readonly stop?: { readonly signal: string; readonly graceMs: number }
  readonly limitsReadBack?: Readonly<Record<string, number | string | null>>
  readonly warnings?: readonly StepWarning[]
}

export type StepWarning = { readonly field: string; readonly message: string }

export type StepOutcome =
  | { readonly result: 'done'; readonly step: Step; readonly ms: number; readonly facts: StepFacts }
  | { readonly result: 'failed'; readonly step: Step; readonly ms: number; readonly error: Failure }
  | { readonly result: 'skipped'; readonly step: Step; readonly because: 'dependency-failed' | 'cancelled' }

/** One pass: what was seen, planned and done. */
export type Outcome = {
  readonly desired: DesiredState
  readonly observed: ObservedState
  readonly plan: Plan
  readonly steps: readonly StepOutcome[]
  /** the only way a pass asks to be called again; 0 = at once, null = only when an event comes */
  readonly retryAfterMs: number | null
  readonly ms: number
}
