/** What goes for good goes in the reverse order of `dependsOn`, also where a one-shot that has ended, or one never started, is between. */
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { plan } from '../../src/plan/plan.ts'
import { goingChain } from '../support/going-chains.ts'
import { judge } from '../support/judge.ts'
import { drawn, pickBy, someCrash, someOrder } from '../support/kill.ts'

test('of a chain that goes the first one stops first, whatever doesn’t run between them, and all of it goes', () => {
  fc.assert(
    fc.property(goingChain, someOrder, (one, numbers) => deepEqual(judge(plan, one, [], pickBy(numbers)), [])),
    drawn(600),
  )
})

test('the same after crashes', () => {
  const crashes = fc.array(someCrash, { minLength: 1, maxLength: 2 })
  fc.assert(
    fc.property(goingChain, crashes, (one, torn) => deepEqual(judge(plan, one, torn), [])),
    drawn(600),
  )
})
