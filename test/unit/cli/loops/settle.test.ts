import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressOf } from '../../../../src/cli/loops/settle.ts'
import type { Failure } from '../../../../src/model/errors.ts'
import type { Outcome, StepOutcome } from '../../../../src/model/outcome.ts'
import type { Step, Waiting } from '../../../../src/model/plan.ts'

const subject = { kind: 'container', name: 'web', id: null } as const
const step: Step = {
  id: 1,
  subject,
  action: { kind: 'record-exit', id: 'a'.repeat(64) },
  reason: { code: 'missing' },
  class: 'create',
  after: [],
  position: null,
}
const error: Failure = { code: 'E_IO', message: 'no space left on device (ENOSPC)' }
const done: StepOutcome = { result: 'done', step, ms: 1, facts: {} }
const failed: StepOutcome = { result: 'failed', step, ms: 1, error }

const outcome = (steps: readonly StepOutcome[], ...waiting: readonly Waiting['for'][]): Outcome =>
  ({
    steps,
    plan: { steps: [], waiting: waiting.map(cause => ({ subject, for: cause })), blocked: [], notices: [] },
  }) as unknown as Outcome

test('what was done is looked at again', () => {
  assert.equal(progressOf(outcome([done]), null), 'again')
  assert.equal(progressOf(outcome([done, failed]), null), 'again')
})

test('what is under way is waited for', () => {
  for (const cause of [
    { code: 'stop', untilMs: 1 },
    { code: 'second-look', untilMs: 1 },
    { code: 'completion' },
    { code: 'back-off', untilMs: 1, exit: null, failedStart: null },
  ] as const) {
    assert.equal(progressOf(outcome([], cause), null), 'wait', cause.code)
  }
})

test('a start whose command is wrong is not waited for', () => {
  const cause = { code: 'back-off', untilMs: 1, exit: null, failedStart: 'not found' } as const
  assert.equal(progressOf(outcome([], cause), null), 'quiet')
})

test('a failed step is tried once more, then it is the result', () => {
  const first = outcome([failed])
  assert.equal(progressOf(first, null), 'wait')
  assert.equal(progressOf(outcome([failed]), first), 'quiet')
  assert.equal(progressOf(outcome([failed], { code: 'completion' }), first), 'wait')
})

test('a creation that fails again is the result, although what the first try left was removed', () => {
  const of = (kind: string): Step => ({ ...step, action: { kind } as Step['action'] })
  const refused: StepOutcome = { result: 'failed', step: of('create-container'), ms: 1, error }
  const cleared: StepOutcome = { result: 'done', step: of('delete-container'), ms: 1, facts: {} }
  const other: StepOutcome = { ...cleared, step: { ...cleared.step, subject: { ...subject, name: 'db' } } }
  const first = outcome([refused])
  assert.equal(progressOf(outcome([cleared, refused]), first), 'quiet')
  assert.equal(progressOf(outcome([cleared, other, refused]), first), 'again')
  assert.equal(progressOf(outcome([cleared, refused]), outcome([done])), 'again')
})

test('nothing done and nothing awaited is quiet', () => {
  assert.equal(progressOf(outcome([]), null), 'quiet')
})
