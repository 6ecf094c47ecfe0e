import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { sharesOfWeight, weightOfShares } from '../../../src/model/cpu-weight.ts'

test('shares become the weight that current engines give them, and both defaults mean each other', () => {
  const shares = [2, 10, 100, 256, 512, 1024, 2048, 4096, 262144]
  deepEqual(shares.map(weightOfShares), [1, 4, 17, 35, 59, 100, 174, 303, 10000])
  equal(sharesOfWeight(100), 1024)
})

test('every weight has shares that mean it', () => {
  for (let weight = 1; weight <= 10000; weight++) equal(weightOfShares(sharesOfWeight(weight)), weight)
})
