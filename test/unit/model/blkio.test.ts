import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ioWeightOf, rateList, weightOfIo } from '../../../src/model/blkio.ts'
import { declaredLimit, differingLimits, normalise, type DeclaredLimits, noLimits } from '../../../src/model/limits.ts'
import { kernel, kernelWithout } from '../../support/specs.ts'

const devices = {
  '/dev/vda': { known: true, value: '254:0' },
  '/dev/sdb': { known: true, value: '8:16' },
  '/dev/disk/by-id/b': { known: true, value: '8:16' },
  '/dev/vda1': { known: false, why: '/dev/vda1 is a partition; only its whole disk can be throttled' },
} as const
const normal = (limits: Partial<DeclaredLimits>, on = { ...kernel, devices }) =>
  normalise({ ...noLimits, ...limits }, on)

test('throttles are lists of device numbers, one a kind of rate, in the order of the numbers', () => {
  const blkio = [
    { device: '/dev/vda', readBps: 1048576, writeIops: 500 },
    { device: '/dev/sdb', readBps: 7 },
  ]
  const { limits, unenforceable } = normal({ blkio })
  assert.deepEqual(
    [limits.blkioReadBps, limits.blkioWriteBps, limits.blkioReadIops, limits.blkioWriteIops, unenforceable],
    ['8:16 7,254:0 1048576', undefined, undefined, '254:0 500', []],
  )
  assert.equal(rateList(['254:0 1', '8:16 2', '8:2 3']), '8:2 3,8:16 2,254:0 1')
  assert.equal(declaredLimit({ ...noLimits, blkio }, 'blkioReadBps'), '/dev/vda 1048576,/dev/sdb 7')
})

test('two names of one device mean the lower rate', () => {
  const blkio = [
    { device: '/dev/sdb', readBps: 7 },
    { device: '/dev/disk/by-id/b', readBps: 5 },
  ]
  assert.equal(normal({ blkio }).limits.blkioReadBps, '8:16 5')
})

test('a device that is not there, and a partition, can’t be throttled, and are named', () => {
  const whys = (device: string) => normal({ blkio: [{ device, readBps: 1 }] }).unenforceable
  assert.deepEqual(whys('/dev/vda1'), [{ field: 'blkioReadBps', why: devices['/dev/vda1'].why }])
  assert.deepEqual(whys('/dev/gone'), [{ field: 'blkioReadBps', why: 'there is no block device /dev/gone' }])
  const { limits, unenforceable } = normal(
    { blkioWeight: 300, blkio: [{ device: '/dev/vda', readBps: 1 }] },
    { ...kernelWithout('blkioWeight', 'blkioReadBps'), devices },
  )
  assert.deepEqual([limits.blkioWeight, limits.blkioReadBps], [undefined, undefined])
  assert.deepEqual(
    unenforceable.map(({ field }) => field),
    ['blkioWeight', 'blkioReadBps'],
  )
})

test('the weight of a new cgroup is no limit, declared or not', () => {
  assert.deepEqual(normal({ blkioWeight: 100 }).limits, normal({}).limits)
  assert.equal(normal({ blkioWeight: 300 }).limits.blkioWeight, 300)
  const cost = { ...kernel, devices, defaultBlkioWeight: weightOfIo(100) }
  assert.equal(normal({ blkioWeight: 100 }, cost).limits.blkioWeight, 100)
  assert.deepEqual(differingLimits(normal({}).limits, normal({ blkioWeight: 300 }).limits), ['blkioWeight'])
})

test('every weight of Docker’s comes back from the scale of io.weight, and no other weight looks like one of them', () => {
  assert.deepEqual([10, 500, 1000].map(ioWeightOf), [1, 4950, 10000])
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 1000 }), weight => {
      assert.equal(weightOfIo(ioWeightOf(weight)), weight)
    }),
  )
  const told = new Set(Array.from({ length: 10000 }, (_, index) => weightOfIo(index + 1)))
  assert.equal(told.size, 10000)
})
