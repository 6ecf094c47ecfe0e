import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { plan } from '../../src/plan/plan.ts'
import { type Situation, situation } from '../support/arbitraries.ts'
import { judge } from '../support/judge.ts'
import { drawn, someCrash } from '../support/kill.ts'
import { planLines } from '../support/plan-text.ts'
import { minting } from '../support/specs.ts'

test('a plan, carried out on a host, leaves nothing to plan and everything as declared', () => {
  fc.assert(
    fc.property(situation, one => deepEqual(judge(plan, one), [])),
    drawn(1200),
  )
})

test('after a crash in the middle of any steps, planning again still gets there', () => {
  fc.assert(
    fc.property(situation, fc.array(someCrash, { minLength: 1, maxLength: 3 }), (one, crashes) =>
      deepEqual(judge(plan, one, crashes), []),
    ),
    drawn(1800),
  )
})

test('the order of manifests and of what is observed makes no difference', () => {
  const shuffled = situation.chain(one =>
    fc.record({
      one: fc.constant(one),
      containers: fc.shuffledSubarray([...one.desired.containers], { minLength: one.desired.containers.length }),
      volumes: fc.shuffledSubarray([...one.desired.volumes], { minLength: one.desired.volumes.length }),
    }),
  )
  fc.assert(
    fc.property(shuffled, ({ one, containers, volumes }) => {
      const other = { ...one.desired, containers, volumes }
      equal(textOf({ ...one, desired: other }), textOf(one))
    }),
    drawn(300),
  )
})

test('planning changes nothing that it is given, and plans the same again', () => {
  fc.assert(
    fc.property(situation, one => {
      const frozen = deepFreeze(one)
      equal(textOf(frozen), textOf(frozen))
    }),
    drawn(300),
  )
})

const textOf = ({ desired, observed }: Situation) => planLines(plan(desired, observed, minting()))

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const part of Object.values(Object.freeze(value))) deepFreeze(part)
  return value
}
