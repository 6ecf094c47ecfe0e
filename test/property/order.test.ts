import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { ActionKind } from '../../src/model/action.ts'
import { plan } from '../../src/plan/plan.ts'
import { type Situation, situation } from '../support/arbitraries.ts'
import { judge } from '../support/judge.ts'
import { someCrash } from '../support/kill.ts'
import type { Crash, Pick, Planner } from '../support/model-passes.ts'

/** Numbers that decide which step comes next; what they come to is the same every time. */
const someOrder = fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 24 })

function pickBy(numbers: readonly number[]): Pick {
  let taken = 0
  return choices => (numbers[taken++ % numbers.length] ?? 0) % choices
}

test('in whatever order `after` allows, a plan is carried out to the same end', () => {
  fc.assert(
    fc.property(situation, someOrder, (one, numbers) => deepEqual(judge(plan, one, [], pickBy(numbers)), [])),
    { numRuns: 2500 },
  )
})

test('after a crash in the middle of several steps at once, planning again still gets there', () => {
  const crashes = fc.array(someCrash, { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(situation, someOrder, crashes, (one, numbers, torn) =>
      deepEqual(judge(plan, one, torn, pickBy(numbers)), []),
    ),
    { numRuns: 2500 },
  )
})

const needy: readonly ActionKind[] = ['create-volume', 'create-container', 'start-container', 'delete-volume']

for (const kind of needy)
  test(`a planner whose steps of kind ${kind} are after nothing is found out`, () => {
    const hasty: Planner = (...world) => {
      const { steps, ...rest } = plan(...world)
      return { ...rest, steps: steps.map(step => (step.action.kind === kind ? { ...step, after: [] } : step)) }
    }
    const crashes = fc.array(someCrash, { maxLength: 2 })
    const property = fc.property(situation, someOrder, crashes, (one, numbers, torn) =>
      isRight(hasty, one, numbers, torn),
    )
    ok(fc.check(property, { numRuns: 2000, seed: 20_240_607, endOnFailure: true }).failed)
  })

function isRight(planner: Planner, one: Situation, numbers: readonly number[], torn: readonly Crash[]): boolean {
  try {
    return judge(planner, one, torn, pickBy(numbers)).length === 0
  } catch {
    // the model host knows no half of an action that its plan forbids
    return false
  }
}
