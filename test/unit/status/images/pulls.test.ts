import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { planText } from '../../../../src/status/passes/plan.ts'
import { failedAgainText, pulledText, pullingText } from '../../../../src/status/images/pulls.ts'
import { stepLine } from '../../../../src/status/passes/step.ts'
import { verdictOf } from '../../../../src/status/passes/verdict.ts'
import { refusalText, waitingText } from '../../../../src/status/passes/waiting.ts'
import { reasonText } from '../../../../src/status/text/words.ts'
import * as facts from '../facts.ts'

const [from, to] = [`sha256:a1b2${'0'.repeat(60)}`, `sha256:c3d4${'0'.repeat(60)}`] as const
const pull = facts.step(1, {
  subject: { kind: 'image', name: 'nginx:1.27', id: null },
  action: { kind: 'begin-pull', reference: 'nginx:1.27' },
  reason: { code: 'image-missing', for: 'hello' },
  class: 'create',
  position: facts.at(6, 10),
})
const mib = 2 ** 20
const layer = (state: 'moving' | 'done' | 'there', doneBytes: number, totalBytes = doneBytes, keptBytes = 0) => {
  return { state, doneBytes, totalBytes, keptBytes }
}
const failed = {
  code: 'pull-failed',
  reference: 'nginx:1.27',
  message: 'docker.io: no route to host',
  attempts: 3,
  untilMs: facts.nowMs + 12_000,
} as const

test('a plan tells the pull, who needs it, and who waits for it', () => {
  const plan = {
    ...facts.planOf([pull]),
    waiting: [
      {
        subject: { ...facts.helloSubject, id: null },
        for: { code: 'pull', reference: 'nginx:1.27', sinceMs: facts.nowMs } as const,
      },
    ],
  }
  equal(
    planText(plan, facts.desired(), facts.observed([]), facts.show),
    `  + image     nginx:1.27  pull      needed by hello             hello.yaml:6:10
  . container hello       waiting   for the pull of nginx:1.27
plan: 1 to create, 0 to change, 0 to restart, 0 to recreate, 0 to remove. Nothing was changed.`,
  )
})

test('a wait for a pull says how long it has lasted', () => {
  const waiting = { subject: facts.helloSubject, for: { code: 'pull', reference: 'nginx:1.27', sinceMs: 0 } } as const
  equal(waitingText(waiting, 12_300), 'for the pull of nginx:1.27, 12s')
})

test('a failed pull says what failed, how often, and when it is tried again', () => {
  equal(refusalText(failed), 'pull of nginx:1.27 failed 3 times: docker.io: no route to host')
  const named = { ...failed, attempts: 1, message: 'nginx:1.27: no such host' }
  equal(refusalText(named), 'pull of nginx:1.27 failed: no such host')
  const plan = {
    ...facts.planOf([]),
    blocked: [
      { subject: facts.helloSubject, refusal: failed, position: null },
      {
        subject: facts.helloSubject,
        refusal: { code: 'image-absent', reference: 'nginx:1.27' } as const,
        position: null,
      },
    ],
  }
  deepEqual(planText(plan, facts.desired(), facts.observed([]), facts.show).split('\n').slice(0, 4), [
    '  x container hello  blocked   pull of nginx:1.27 failed 3 times: docker.io: no route to host',
    '        a watcher tries again in 12s',
    '  x container hello  blocked   image nginx:1.27 is not here, and pull: never',
    '        `reconcile images pull nginx:1.27`, `reconcile images load`, or `pull: missing`',
  ])
})

test('a run whose pull failed has failed', () => {
  const plan = { ...facts.planOf([]), blocked: [{ subject: facts.helloSubject, refusal: failed, position: null }] }
  const last = {
    desired: facts.desired(),
    observed: facts.observed([]),
    plan,
    steps: [],
    retryAfterMs: null,
    ms: 1,
  }
  equal(verdictOf({ last, readiness: { ready: 0, total: 1, failed: [], notReady: ['hello'] } }), 'failed')
})

test('a moved tag is named by both images', () => {
  equal(reasonText({ code: 'tag-moved', from, to }), 'tag moved a1b200000000 -> c3d400000000')
  equal(
    pulledText({ imageId: to, before: from, wasHere: false }, [layer('done', 3 * mib)], 1200),
    'c3d400000000 pulled: 3.0Mi in 1 layer (1.2s), tag moved a1b200000000 -> c3d400000000',
  )
  equal(pulledText({ imageId: to, before: null, wasHere: true }, [], 1200), 'c3d400000000 is up to date')
})

test('a pull that is over says what had to come, and what an interrupted one had brought', () => {
  const pulled = { imageId: to, before: null, wasHere: false }
  const layers = [
    layer('there', 0, 9 * mib),
    layer('done', 20 * mib, 20 * mib),
    layer('done', 30 * mib, 30 * mib, 12 * mib),
  ]
  equal(
    pulledText(pulled, layers, 1200),
    'c3d400000000 pulled: 50Mi in 2 of 3 layers, 12Mi of it from an interrupted pull (1.2s)',
  )
  equal(pulledText(pulled, [layer('there', 0)], 90), 'c3d400000000 pulled: its layers were here (90ms)')
})

test('a pull under way tells its share, as soon as it is known', () => {
  equal(pullingText([], 10_000), 'pulling   10s')
  const layers = [layer('there', 0, 9 * mib), layer('done', 10 * mib, 10 * mib), layer('moving', 15 * mib, 40 * mib)]
  equal(pullingText(layers, 1), 'pulling   50% of 50Mi, 2 of 3 layers')
  equal(
    pullingText([layer('moving', 15 * mib, 60 * mib, 10 * mib)], 1),
    'pulling   25% of 60Mi, 0 of 1 layer, 10Mi of it from an interrupted pull',
  )
})

test('a pull that fails again says how often, why, and when it is tried next', () => {
  equal(
    failedAgainText('host: no route to host', 3, 20_000),
    'not pulled, 3 times now: host: no route to host; next try in 20s',
  )
})

test('a pull has a line when it begins; asking whether a tag has moved has none', () => {
  const scene = { ...facts.show, nameWidth: 10, observed: null, stops: new Map() }
  const done = (step: typeof pull) => stepLine({ result: 'done', step, ms: 1, facts: {} }, scene)
  equal(done(pull), '. image     nginx:1.27  pulling   needed by hello')
  equal(done({ ...pull, class: 'bookkeeping' }), null)
})
