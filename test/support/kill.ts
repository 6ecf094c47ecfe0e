import * as fc from 'fast-check'
import { situation } from './arbitraries.ts'
import { judge } from './judge.ts'
import type { Crash, Planner } from './model-passes.ts'

export const someCrash: fc.Arbitrary<Crash> = fc.record({
  step: fc.integer({ min: 1, max: 12 }),
  how: fc.constantFrom(0 as const, 1 as const),
})

const maxRuns = 1200
const seed = 20_240_607

export type Verdict = { readonly runs: number; readonly complaint: string | null }

/** Runs the convergence property on a planner until it complains; null if it never does. */
export function tryToKill(planner: Planner): Verdict {
  let complaint: string | null = null
  const crashes = fc.oneof(fc.constant<Crash[]>([]), fc.array(someCrash, { minLength: 1, maxLength: 2 }))
  const property = fc.property(situation, crashes, (one, torn) => {
    complaint ??= judgeSafely(planner, one, torn)
    return complaint === null
  })
  const { numRuns } = fc.check(property, { numRuns: maxRuns, seed, endOnFailure: true })
  return { runs: numRuns, complaint }
}

function judgeSafely(...[planner, one, crashes]: Parameters<typeof judge>): string | null {
  try {
    return judge(planner, one, crashes)[0] ?? null
  } catch (error) {
    return `it made the host throw: ${error instanceof Error ? error.message : error}`
  }
}
