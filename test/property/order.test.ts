import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { plan } from '../../src/plan/plan.ts'
import { situation } from '../support/arbitraries.ts'
import { judge } from '../support/judge.ts'
import { drawn, pickBy, someCrash, someOrder } from '../support/kill.ts'

test('in whatever order `after` allows, a plan is carried out to the same end', () => {
  fc.assert(
    fc.property(situation, someOrder, (one, numbers) => deepEqual(judge(plan, one, [], pickBy(numbers)), [])),
    drawn(2500),
  )
})

test('after a crash in the middle of several steps at once, planning again still gets there', () => {
  const crashes = fc.array(someCrash, { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(situation, someOrder, crashes, (one, numbers, torn) =>
      deepEqual(judge(plan, one, torn, pickBy(numbers)), []),
    ),
    drawn(2500),
  )
})
