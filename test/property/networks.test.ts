import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { plan } from '../../src/plan/plan.ts'
import { networkSituation } from '../support/arbitraries-networks.ts'
import { judge } from '../support/judge.ts'
import { drawn, someCrash } from '../support/kill.ts'
import { planLines } from '../support/plan-text.ts'
import { minting } from '../support/specs.ts'

test('networks, addresses and ports settle, and nobody shares what is his alone', () => {
  fc.assert(
    fc.property(networkSituation, one => deepEqual(judge(plan, one), [])),
    drawn(250),
  )
})

test('after a crash in the middle of any steps, networks still get there', () => {
  fc.assert(
    fc.property(networkSituation, fc.array(someCrash, { minLength: 1, maxLength: 3 }), (one, crashes) =>
      deepEqual(judge(plan, one, crashes), []),
    ),
    drawn(250),
  )
})

test('the order of manifests makes no difference to subnets and addresses', () => {
  fc.assert(
    fc.property(networkSituation, ({ desired, observed }) => {
      const { containers, networks = [] } = desired
      const other = { ...desired, containers: containers.toReversed(), networks: networks.toReversed() }
      equal(planLines(plan(other, observed, minting())), planLines(plan(desired, observed, minting())))
    }),
    drawn(100),
  )
})
