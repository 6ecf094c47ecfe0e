import type { Refused } from './context.ts'

/** Ends a pass that may not even begin; carries what to say and the exit code. */
export class RefusedError extends Error {
  readonly refusal: Refused

  constructor(refusal: Refused) {
    super(refusal.message)
    this.refusal = refusal
  }
}
