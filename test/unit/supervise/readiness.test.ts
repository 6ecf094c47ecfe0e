import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { DesiredContainer } from '../../../src/model/desired.ts'
import type { ObservedContainer } from '../../../src/model/observed.ts'
import { plan } from '../../../src/plan/plan.ts'
import { readiness } from '../../../src/supervise/readiness.ts'
import * as specs from '../../support/specs.ts'

const once = { restart: { policy: 'no', maxRetries: 0 } } as const
const look = (wanted: readonly DesiredContainer[], containers: readonly ObservedContainer[]) => {
  const desired = specs.desiredOf(wanted)
  const observed = specs.observedOf({ containers })
  return readiness(plan(desired, observed, specs.minting()), desired, observed)
}

test('what runs as declared is ready, and so is a one-shot that exited 0', () => {
  const web = specs.containerOf('web')
  const job = specs.containerOf('job', once)
  const containers = [
    specs.seen(web, specs.runningSince(0)),
    specs.seen(job, specs.exitedWith(0), { id: specs.idOf(2) }),
  ]
  deepEqual(look([web, job], containers), { ready: 2, total: 2, failed: [], notReady: [] })
})

test('a one-shot that exited with another code has failed, one that still runs is not ready', () => {
  const job = specs.containerOf('job', once)
  deepEqual(look([job], [specs.seen(job, specs.exitedWith(7))]), { ready: 0, total: 1, failed: ['job'], notReady: [] })
  deepEqual(look([job], [specs.seen(job, specs.runningSince(0))]), {
    ready: 0,
    total: 1,
    failed: [],
    notReady: ['job'],
  })
})

test('what is yet to be made, changed or allowed is not ready', () => {
  const absent = specs.containerOf('absent')
  const drifted = specs.containerOf('drifted', { limits: { pids: 32 } })
  const refused = specs.containerOf('refused')
  const containers = [
    specs.seen(drifted, specs.runningSince(0), {
      recordedLimits: specs.seen(absent, { phase: 'created' }).recordedLimits,
    }),
    specs.seen({ ...refused, origin: specs.originAt('/x.yaml', 1, '/x') }, specs.runningSince(0), {
      id: specs.idOf(2),
    }),
  ]
  deepEqual(look([absent, drifted, refused], containers).notReady, ['absent', 'drifted', 'refused'])
})

test('bookkeeping does not make anything unready', () => {
  const job = specs.containerOf('job', once)
  deepEqual(look([job], [specs.seen(job, specs.exitedWith(0), { exitRecorded: false })]).ready, 1)
})
