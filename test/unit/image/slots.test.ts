import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slots } from '../../../src/image/slots.ts'

test('never more than the slots at once, in the order in which they came, also after a failure', async () => {
  const run = slots(2)
  let now = 0
  let most = 0
  const begun: number[] = []
  const work = (n: number) =>
    run(async () => {
      begun.push(n)
      most = Math.max(most, ++now)
      await Promise.resolve()
      now--
      if (n === 1) throw new Error('one fails')
      return n
    })
  const ended = await Promise.allSettled(Array.from({ length: 6 }, (_, n) => work(n)))
  assert.deepEqual(
    ended.map(({ status }) => status === 'fulfilled'),
    [true, false, true, true, true, true],
  )
  assert.deepEqual([most, begun], [2, [0, 1, 2, 3, 4, 5]])
})
