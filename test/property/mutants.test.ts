import { equal, notEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { plan } from '../../src/plan/plan.ts'
import { tryToKill } from '../support/kill.ts'
import { mutants } from '../support/mutants.ts'

test('the judge has nothing against the planner itself', () => {
  equal(tryToKill(plan).complaint, null)
})

for (const [fault, planner] of Object.entries(mutants))
  test(`a planner that ${fault} is found out`, () => {
    notEqual(tryToKill(planner).complaint, null)
  })
