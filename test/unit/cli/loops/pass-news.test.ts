import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PassNews } from '../../../../src/cli/loops/pass-news.ts'
import type { Outcome } from '../../../../src/model/outcome.ts'
import type { Plan } from '../../../../src/model/plan.ts'
import { plain } from '../../../../src/status/text/paint.ts'
import type { Show } from '../../../../src/status/text/show.ts'

const subject = { kind: 'container', name: 'web', id: 'a'.repeat(64) } as const
const show: Show = { paint: plain, display: file => file, nowMs: 0, showValues: false }
const backOff = (untilMs: number): Partial<Plan> => ({
  waiting: [{ subject, for: { code: 'back-off', untilMs, exit: null, failedStart: 'not found' } }],
})
const restart: Partial<Plan> = { steps: [{ subject } as unknown as Plan['steps'][number]] }
const outcome = (plan: Partial<Plan>) =>
  ({ plan: { steps: [], waiting: [], blocked: [], notices: [], ...plan } }) as unknown as Outcome

test('a watcher tells what a container waits for once, however often it is tried in vain', () => {
  const news = new PassNews()
  assert.equal(news.lines(outcome(backOff(1000)), show).length, 1)
  assert.deepEqual(news.lines(outcome(backOff(1000)), show), [])
  assert.deepEqual(news.lines(outcome(restart), show), [])
  assert.deepEqual(news.lines(outcome(backOff(9000)), show), [])
})

test('what was over and begins again is told again', () => {
  const news = new PassNews()
  news.lines(outcome(backOff(1000)), show)
  assert.deepEqual(news.lines(outcome({}), show), [])
  assert.equal(news.lines(outcome(backOff(5000)), show).length, 1)
})

test('a pull that fails again and again for the same reason is told once', () => {
  const news = new PassNews()
  const failed = (attempts: number): Partial<Plan> => ({
    blocked: [
      {
        subject,
        refusal: { code: 'pull-failed', reference: 'nginx:1', message: 'no route', attempts, untilMs: attempts * 5000 },
        position: null,
      },
    ],
  })
  const pulling: Partial<Plan> = { waiting: [{ subject, for: { code: 'pull', reference: 'nginx:1', sinceMs: 0 } }] }
  assert.equal(news.lines(outcome(failed(1)), show).length, 2)
  assert.deepEqual(news.lines(outcome(pulling), show), [])
  assert.deepEqual(news.lines(outcome(failed(2)), show), [])
})
