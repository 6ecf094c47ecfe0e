import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import {
  canonicalList,
  type DeclaredLimits,
  differingLimits,
  normalise,
  parseList,
  noLimits,
} from '../../../src/model/limits.ts'
import { kernel, kernelWithout, mib } from '../../support/specs.ts'

const normal = (limits: Partial<DeclaredLimits>, on = kernel) => normalise({ ...noLimits, ...limits }, on)

test('what is not declared has the defaults of Docker and of this host', () => {
  deepEqual(normal({}).limits, {
    memoryBytes: null,
    memorySwapBytes: null,
    memoryReservationBytes: null,
    cpuPeriodUs: 100000,
    cpuQuotaUs: null,
    cpuShares: 1024,
    cpusetCpus: '0-1',
    cpusetMems: '0',
    pids: null,
  })
})

test('memory is rounded down to pages, and swap follows it at twice its size', () => {
  const { memoryBytes, memorySwapBytes } = normal({ memoryBytes: 64 * mib + 1 }).limits
  deepEqual([memoryBytes, memorySwapBytes], [64 * mib, 128 * mib])
  equal(normal({ memoryBytes: 64 * mib, memorySwapBytes: -1 }).limits.memorySwapBytes, null)
})

test("shares are cut to the kernel's bounds, and zero or less is no limit", () => {
  equal(normal({ cpuShares: 1 }).limits.cpuShares, 2)
  equal(normal({ cpuShares: 1_000_000 }).limits.cpuShares, 262144)
  deepEqual([normal({ pids: 0 }).limits.pids, normal({ cpuQuotaUs: -1 }).limits.cpuQuotaUs], [null, null])
})

test('a declared limit that this kernel lacks is named and blank, an undeclared one is only blank', () => {
  const { limits, unenforceable } = normal({ memoryBytes: mib }, kernelWithout('memorySwapBytes'))
  equal(limits.memorySwapBytes, null)
  deepEqual(unenforceable, [])
  const declared = normal({ memorySwapBytes: 2 * mib }, kernelWithout('memorySwapBytes'))
  deepEqual(
    declared.unenforceable.map(({ field }) => field),
    ['memorySwapBytes'],
  )
})

test('a normal form compared with itself differs in nothing', () => {
  const { limits } = normal({ memoryBytes: 5 * mib, cpusetCpus: '1,0' })
  deepEqual(differingLimits(limits, normal({ memoryBytes: 5 * mib, cpusetCpus: '0-1' }).limits), [])
  deepEqual(differingLimits(limits, normal({ memoryBytes: 6 * mib }).limits), ['memoryBytes', 'memorySwapBytes'])
})

test('CPU lists have one form', () => {
  deepEqual(['0,1,3', '3,1-2,0', '7', '2-2'].map(canonicalList), ['0-1,3', '0-3', '7', '2'])
})

test('what is no CPU list is left as it is, and costs nothing', () => {
  for (const text of ['', 'a', '3-1', '0-99999', '1,,2', '-1']) {
    equal(parseList(text), null)
    equal(canonicalList(text), text)
  }
})
