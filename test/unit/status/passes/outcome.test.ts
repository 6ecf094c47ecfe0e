import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { DesiredState, Problem } from '../../../../src/model/desired.ts'
import type { Blocked } from '../../../../src/model/plan.ts'
import { exitCodeOfPlan, exitCodeOfRun } from '../../../../src/status/exit-code.ts'
import { outcomeLines } from '../../../../src/status/passes/outcome.ts'
import type { Run } from '../../../../src/status/passes/run.ts'
import * as facts from '../facts.ts'

const { done, outcome, planOf, show } = facts
const subject = facts.helloSubject
const ready = { ready: 1, total: 1, failed: [], notReady: [] }
const notReady = { ready: 0, total: 1, failed: [], notReady: ['hello'] }
const run = (rest: Partial<Run>): Run => ({ steps: [], last: outcome({}), readiness: ready, ms: 1234, ...rest })
const problem: Problem = {
  position: facts.at(10, 5),
  file: '/srv/manifests/bad.yaml',
  message: 'unknown field "memroy" in spec.limits; did you mean "memory"?',
  excerpt: null,
}
const blocked = (refusal: Blocked['refusal']): Blocked => ({ subject, refusal, position: null })
const failed: Blocked['refusal'] = { code: 'failed', exit: facts.withCode(7) }
const loses: Blocked['refusal'] = { code: 'empty-source', source: '/srv/manifests', read: 'empty', objects: 2 }

const firstRun = run({ steps: facts.firstSteps.map(step => done(step)) })
const nothing = run({ ms: 8 })
const step = facts.memoryStep('limits-changed', [facts.memoryChange(96, 64, 64)])
const error = { code: 'E_CGROUP', message: 'memory.limit_in_bytes: device or resource busy (EBUSY)' } as const
const stepFailed = run({
  steps: [{ result: 'failed', step, ms: 1, error }],
  last: outcome({ plan: planOf([step]), steps: [{ result: 'failed', step, ms: 1, error }] }),
  readiness: notReady,
})
const oneShotFailed = run({
  last: outcome({ plan: planOf([], [], [blocked(failed)]) }),
  readiness: { ready: 0, total: 1, failed: ['hello'], notReady: [] },
})
const refused = run({ last: outcome({ plan: planOf([], [], [blocked(loses)]) }) })
const late = run({
  last: outcome({ plan: planOf([], [{ subject, for: { code: 'start' } }]) }),
  readiness: notReady,
})
const failedStart = { code: 'back-off', untilMs: facts.nowMs, exit: null, failedStart: 'no such file' } as const
const startFailed = run({
  last: outcome({ plan: planOf([], [{ subject, for: failedStart }]) }),
  readiness: notReady,
})
const invalidDesired: DesiredState = { ...facts.desired(), problems: [problem] }
const invalid = run({ last: outcome({ desired: invalidDesired }) })

test('the closing line of a run says what was done, how long it took and what is ready', () => {
  deepEqual(
    [firstRun, nothing].flatMap(one => outcomeLines(one, show)),
    [
      'converged: 3 steps in 1.2s; 1 of 1 container ready',
      'nothing to do: 1 container and 1 volume are as declared (8ms)',
    ],
  )
})

test('what keeps a run from converging is named, with the way out', () => {
  equal(
    outcomeLines(oneShotFailed, show).join('\n'),
    `  x container hello  blocked   exited (7); final for this spec
        see \`reconcile logs hello\`; \`reconcile restart hello\` or a changed spec runs it again
failed: 1 container ended with a failure; 0 steps in 1.2s; 0 of 1 container ready`,
  )
  equal(outcomeLines(stepFailed, show).at(-1), 'failed: 1 step failed; 0 steps in 1.2s; 0 of 1 container ready')
  equal(outcomeLines(startFailed, show).at(-1), 'failed: 1 start failed; 0 steps in 1.2s; 0 of 1 container ready')
  equal(outcomeLines(late, show).at(-1), 'not ready: 0 steps in 1.2s; 0 of 1 container ready')
  equal(outcomeLines(refused, show).at(-1), 'refused: 1 object left alone; 0 steps in 1.2s; 1 of 1 container ready')
  equal(
    outcomeLines(invalid, show).at(-1),
    'invalid: 1 file, 1 error; the rest converged: 0 steps in 1.2s; 1 of 1 container ready',
  )
})

test('the exit code of a run is that of the worst thing in it', () => {
  const codes = [firstRun, nothing, stepFailed, oneShotFailed, startFailed, late, refused, invalid]
  deepEqual(
    codes.map(one => exitCodeOfRun(one, false)),
    [0, 0, 1, 1, 1, 3, 4, 5],
  )
  deepEqual(
    [firstRun, nothing, stepFailed].map(one => exitCodeOfRun(one, true)),
    [2, 0, 1],
  )
})

test('plan exits with 2 for pending work, and not for a one-shot that still runs', () => {
  const completion = planOf([], [{ subject, for: { code: 'completion' } }])
  const stopping = planOf([], [{ subject, for: { code: 'stop', untilMs: facts.nowMs } }])
  deepEqual(
    [
      exitCodeOfPlan(planOf(facts.firstSteps), []),
      exitCodeOfPlan(planOf([]), []),
      exitCodeOfPlan(completion, []),
      exitCodeOfPlan(stopping, []),
      exitCodeOfPlan(planOf([], [], [blocked(failed)]), []),
      exitCodeOfPlan(planOf([], [], [blocked(loses)]), []),
      exitCodeOfPlan(planOf(facts.firstSteps), [problem]),
    ],
    [2, 0, 0, 2, 0, 4, 5],
  )
})
