import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { debounce } from '../../../src/source/debounce.ts'

const delays = { delayMs: 150, maxDelayMs: 1000 }

test('many hints in a row are one call, after they have stopped', context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const act = mock.fn()
  const hint = debounce(act, delays, new AbortController().signal)
  for (let count = 0; count < 5; count += 1) hint()
  context.mock.timers.tick(149)
  assert.equal(act.mock.callCount(), 0)
  context.mock.timers.tick(1)
  assert.equal(act.mock.callCount(), 1)
})

test('nothing is called after the signal has aborted', context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const act = mock.fn()
  const abort = new AbortController()
  const hint = debounce(act, delays, abort.signal)
  hint()
  abort.abort()
  hint()
  context.mock.timers.tick(5000)
  assert.equal(act.mock.callCount(), 0)
})
