import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { normalise, noLimits } from '../../../src/model/limits.ts'
import { fromWire, toWire } from '../../../src/runtime/wire-limits.ts'
import { kernel } from '../../support/specs.ts'

const asked = normalise({ ...noLimits, cpuShares: 512 }, kernel).limits

test('a kernel with v1 gives the shares back, one with v2 a weight, which means those that were asked for', () => {
  deepEqual(toWire(asked), { ...asked, cpuWeight: 59 })
  deepEqual(fromWire({ ...asked, cpuWeight: null }, asked), asked)
  deepEqual(fromWire({ ...asked, cpuShares: null, cpuWeight: 59 }, asked), asked)
})

test('a weight that nobody asked for means the most shares that have it', () => {
  deepEqual(fromWire({ ...asked, cpuShares: null, cpuWeight: 100 }, asked), { ...asked, cpuShares: 1024 })
  deepEqual(fromWire({ ...asked, cpuShares: null, cpuWeight: 59 }, null), { ...asked, cpuShares: 521 })
})
