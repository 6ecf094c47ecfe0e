import * as fc from 'fast-check'
import { situation } from './arbitraries.ts'
import { judge } from './judge.ts'
import { type Crash, inPlanOrder, type Pick, type Planner } from './model-passes.ts'

export const someCrash: fc.Arbitrary<Crash> = fc.record({
  step: fc.integer({ min: 1, max: 12 }),
  how: fc.constantFrom(0 as const, 1 as const),
})

/** Numbers that decide which step comes next; what they come to is the same every time. */
export const someOrder = fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 24 })

export function pickBy(numbers: readonly number[]): Pick {
  let taken = 0
  return choices => (numbers[taken++ % numbers.length] ?? 0) % choices
}

const maxRuns = 10_000
const seed = 20_240_607

/** The same situations each time; RECONCILE_TEST_SEED asks for others. */
export const drawn = (numRuns: number): { readonly numRuns: number; readonly seed: number } => ({
  numRuns,
  seed: Number(process.env['RECONCILE_TEST_SEED'] ?? seed),
})

export type Verdict = { readonly runs: number; readonly complaint: string | null }

/** Runs both properties, with and without crashes, in any order that `after` allows, on a planner until one complains; null if none does. */
export function tryToKill(planner: Planner, runs = maxRuns): Verdict {
  let complaint: string | null = null
  const crashes = fc.oneof(fc.constant<Crash[]>([]), fc.array(someCrash, { minLength: 1, maxLength: 2 }))
  const order = fc.option(someOrder)
  const property = fc.property(situation, crashes, order, (one, torn, numbers) => {
    complaint ??= judgeSafely(planner, one, torn, numbers === null ? inPlanOrder : pickBy(numbers))
    return complaint === null
  })
  const { numRuns } = fc.check(property, { numRuns: runs, seed, endOnFailure: true })
  return { runs: numRuns, complaint }
}

function judgeSafely(...args: Parameters<typeof judge>): string | null {
  try {
    return judge(...args)[0] ?? null
  } catch (error) {
    return `it made the host throw: ${error instanceof Error ? error.message : error}`
  }
}
