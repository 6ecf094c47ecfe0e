import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { ObservedContainer } from '../../../../src/model/observed.ts'
import type { Blocked } from '../../../../src/model/plan.ts'
import { driftReport, driftText } from '../../../../src/status/objects/drift.ts'
import { exitCodeOfDrift } from '../../../../src/status/exit-code.ts'
import * as facts from '../facts.ts'

const { hello, observedHello, show } = facts
const report = (containers: readonly ObservedContainer[], memoryMib = 96) =>
  driftReport(facts.desired([hello(memoryMib)]), facts.observed(containers))

test('a limit written by hand is drift, with its three values and the repair', () => {
  const drifted = report([observedHello(facts.running(), 96, 32)])
  equal(
    driftText(drifted, show),
    `  ! container hello  memory   desired 96Mi   recorded 96Mi   kernel 32Mi   in place: write 96Mi back
1 of 1 container has drifted. \`reconcile --once\` repairs it.`,
  )
  equal(exitCodeOfDrift(drifted), 2)
})

test('an edited manifest alone is no drift', () => {
  const none = report([observedHello(facts.running(), 64)])
  equal(driftText(none, show), 'nothing has drifted: 1 container is as last applied')
  equal(exitCodeOfDrift(none), 0)
})

test('a process that is gone is drift, the end of a one-shot is not', () => {
  const gone = observedHello(facts.exited(facts.withCode(137)), 96)
  const restart = { policy: 'no', maxRetries: 0 } as const
  const ended = { ...gone, declaration: { ...gone.declaration, restart } }
  equal(
    driftText(report([gone]), show).split('\n')[0],
    '  ! container hello  state   desired running   recorded running   kernel exited (137)   start again',
  )
  deepEqual(report([ended]).drifts, [])
})

test('a container whose start failed is drift: it should run', () => {
  const created = observedHello({ phase: 'created' }, 96)
  const failedStart = { atMs: facts.nowMs, message: 'no such program', code: 127 }
  const drifted = report([{ ...created, restarts: { ...created.restarts, failedStart } }])
  equal(
    driftText(drifted, show).split('\n')[0],
    '  ! container hello  state   desired running   recorded running   kernel not started   start again; the last start failed: no such program',
  )
  equal(exitCodeOfDrift(drifted), 2)
})

test('what no pass repairs is not promised: a last try is a result, another refusal is told', () => {
  const gone = observedHello(facts.exited(facts.withCode(3)), 96)
  const blocked = (refusal: Blocked['refusal']) =>
    driftReport(facts.desired([hello(96)]), facts.observed([gone]), {
      blocked: [{ subject: facts.helloSubject, refusal, position: null }],
    })
  const exhausted = blocked({ code: 'restarts-exhausted', attempts: 2, exit: facts.withCode(3) })
  equal(driftText(exhausted, show), 'nothing has drifted: 1 container is as last applied')
  equal(exitCodeOfDrift(exhausted), 0)
  const lost = blocked({ code: 'bind-source', what: 'bind source', path: '/srv/site', why: 'not there' })
  equal(
    driftText(lost, show),
    `  ! container hello  state   desired running   recorded running   kernel exited (3)   blocked: bind source /srv/site: not there
1 of 1 container has drifted.`,
  )
  equal(exitCodeOfDrift(lost), 2)
})

test('what cannot be read is neither drift nor the absence of it', () => {
  const unreadable: ObservedContainer = {
    ...observedHello(facts.running(), 96),
    kernelLimits: { known: false, why: 'memory.limit_in_bytes: permission denied (EACCES)' },
  }
  const drifted = report([unreadable])
  equal(
    driftText(drifted, show),
    `  x container hello  not readable: memory.limit_in_bytes: permission denied (EACCES)
1 of 1 container can't be judged.`,
  )
  equal(exitCodeOfDrift(drifted), 1)
})
