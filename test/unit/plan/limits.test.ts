import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { unlimitedLimits } from '../../support/fake-host.ts'
import { plan } from '../../../src/plan/plan.ts'
import { planLines } from '../../support/plan-text.ts'
import * as specs from '../../support/specs.ts'

const web = specs.containerOf('web', { limits: { memoryBytes: 96 * specs.mib } })
const lines = (recorded: number, kernel: number) => {
  const seen = specs.seen(web, specs.runningSince(0))
  const limits = (mebibytes: number) => ({
    ...unlimitedLimits,
    memoryBytes: mebibytes * specs.mib,
    memorySwapBytes: 2 * mebibytes * specs.mib,
  })
  const container = {
    ...seen,
    recordedLimits: limits(recorded),
    kernelLimits: { known: true, value: limits(kernel) } as const,
  }
  return planLines(plan(specs.desiredOf([web]), specs.observedOf({ containers: [container] }), specs.minting()))
}

test('limits that the kernel has already are recorded, and not written again', () => {
  equal(lines(64, 64).match(/update-\w+/)?.[0], 'update-limits')
  equal(lines(64, 96).match(/update-\w+/)?.[0], 'update-record')
  equal(lines(96, 64).match(/update-\w+/)?.[0], 'update-limits')
  equal(lines(96, 96), '')
})
