import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Mount } from '../../../src/model/desired.ts'
import type { ObservedState } from '../../../src/model/observed.ts'
import { plan } from '../../../src/plan/plan.ts'
import { planLines } from '../../support/plan-text.ts'
import * as specs from '../../support/specs.ts'

const bind: Mount = {
  type: 'bind',
  source: '/srv/site',
  target: '/site',
  readOnly: true,
  recursive: true,
  propagation: 'rprivate',
  createSource: false,
}
const old = specs.containerOf('web', { limits: { pids: 32 } })
const wanted = specs.containerOf('web', { spec: { mounts: [bind] } })
const lines = (container: typeof old, observed: Partial<ObservedState>) =>
  planLines(plan(specs.desiredOf([container]), specs.observedOf(observed), specs.minting()))
const absent = { '/srv/site': { known: true, value: 'absent' } } as const

test('what runs is not stopped for a manifest whose bind source is missing, and its last limits are healed', () => {
  const seen = specs.seen(old, specs.runningSince(0))
  const drifted = { ...seen, kernelLimits: { known: true, value: { ...seen.recordedLimits, pids: 7 } } } as const
  equal(
    lines(wanted, { containers: [drifted], bindSources: absent }),
    `[] #1 container web (000000000001): update-limits pids 7 → 32, drifted at web.yaml:4:13 [in-place]
blocked container web (000000000001): bind-source (/srv/site: it does not exist) at web.yaml:4:13`,
  )
})

test('a missing bind source is no matter to what already runs with it, and keeps what has exited from starting', () => {
  equal(lines(wanted, { containers: [specs.seen(wanted, specs.runningSince(0))], bindSources: absent }), '')
  equal(
    lines(wanted, { containers: [specs.seen(wanted, specs.exitedWith(1))], bindSources: absent }),
    'blocked container web (000000000001): bind-source (/srv/site: it does not exist) at web.yaml:4:13',
  )
})

test('a bind source that can be made is no obstacle, one that did not answer is', () => {
  const making = specs.containerOf('web', { spec: { mounts: [{ ...bind, createSource: true }] } })
  equal(plan(specs.desiredOf([making]), specs.observedOf({ bindSources: absent }), specs.minting()).blocked.length, 0)
  equal(
    lines(making, { bindSources: { '/srv/site': { known: false, why: 'no answer within 1000 ms' } } }),
    'blocked container web: bind-source (/srv/site: no answer within 1000 ms) at web.yaml:4:13',
  )
})

test('limits that could not be read are neither drift nor success', () => {
  const seen = specs.seen(old, specs.runningSince(0), { kernelLimits: { known: false, why: 'permission denied' } })
  equal(
    lines(old, { containers: [seen] }),
    'blocked container web (000000000001): unreadable (permission denied) at web.yaml:4:13',
  )
})

test('an empty source says once how much it would have removed, and nothing when that is nothing', () => {
  const sources = [specs.sourceOf({ read: 'vanished' })]
  const observed = specs.observedOf({ containers: [specs.seen(old, specs.runningSince(0))] })
  const text = (state: ObservedState) => planLines(plan(specs.desiredOf([], { sources }), state, specs.minting()))
  equal(text(observed), 'blocked container web (000000000001): empty-source (/srv/manifests vanished, 1 objects)')
  equal(text(specs.observedOf()), '')
})

test('what is declared as stopped is not started again because its new image is not here', () => {
  const ofImage = { rootfs: null, image: 'app:1' }
  const before = specs.containerOf('web', { spec: { ...ofImage, command: ['first'] } })
  const after = specs.containerOf('web', {
    spec: { ...ofImage, command: ['second'] },
    state: 'stopped',
    pull: 'never',
  })
  equal(
    lines(after, { containers: [specs.seen(before, specs.exitedWith(1))] }),
    `[] #1 container web (000000000001): update-record, record-changed spec.state at web.yaml:4:13 [in-place]
blocked container web (000000000001): image-absent (app:1) at web.yaml:4:13`,
  )
})
