import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { DesiredState } from '../../../src/model/desired.ts'
import type { ObservedState } from '../../../src/model/observed.ts'
import { plan } from '../../../src/plan/plan.ts'
import { planLines } from '../../support/plan-text.ts'
import * as specs from '../../support/specs.ts'

const lines = (desired: DesiredState, observed: Partial<ObservedState>) =>
  planLines(plan(desired, specs.observedOf(observed), specs.minting()))
const first = specs.sourceOf({ name: '/first' })
const second = specs.sourceOf({ name: '/second' })
const web = (source: string) => specs.containerOf('web', { origin: specs.originAt(`${source}/web.yaml`, 4, source) })

test('of two sources that declare one name, the one whose container runs has it', () => {
  const running = specs.seen(web('/second'), specs.runningSince(0))
  equal(
    lines(specs.desiredOf([web('/first'), web('/second')], { sources: [first, second] }), { containers: [running] }),
    'blocked container web: owned-by (/second) at web.yaml:4:13',
  )
})

test('a name that one source gives up goes to the other once it is gone', () => {
  const desired = specs.desiredOf([web('/first')], {
    sources: [first, second],
    absentSinceMs: { 'container web': 0 },
  })
  const old = specs.seen(web('/second'), specs.exitedWith(0))
  equal(
    lines(desired, { containers: [old] }),
    `[] #1 container web (000000000001): delete-container, undeclared [remove]
blocked container web: owned-by (/second) at web.yaml:4:13`,
  )
  equal(
    lines(desired, {}),
    `[] #1 container web (f00000000001): create-container, not found on this host at web.yaml:4:13 [create]
[1] #2 container web (f00000000001): start-container, created but not running at web.yaml:4:13 [create]`,
  )
})

test('a container that moved to another file of its source only gets its record changed', () => {
  const moved = { ...web('/first'), origin: specs.originAt('/first/moved.yaml', 4, '/first') }
  equal(
    lines(specs.desiredOf([moved], { sources: [first] }), {
      containers: [specs.seen(web('/first'), specs.runningSince(0))],
    }),
    '[] #1 container web (000000000001): update-record, record-changed origin at moved.yaml:4:13 [bookkeeping]',
  )
})

test('a file that this run does not look at keeps what it declared', () => {
  const desired = specs.desiredOf([], { sources: [specs.sourceOf({ name: '/first', scope: ['/first/other.yaml'] })] })
  equal(lines(desired, { containers: [specs.seen(web('/first'), specs.exitedWith(0))] }), '')
})

test('a second running container of one name is stopped before the kept one is started again', () => {
  const containers = [
    specs.seen(web('/first'), specs.exitedWith(1)),
    specs.seen({ ...web('/first'), digest: 'x', spec: { ...specs.plainSpec, user: '1' } }, specs.runningSince(0), {
      id: specs.idOf(2),
    }),
  ]
  equal(
    lines(specs.desiredOf([web('/first')], { sources: [first] }), { containers }),
    '[] #1 container web (000000000002): begin-stop SIGTERM 10s, duplicate of 000000000001 at web.yaml:4:13 [remove]',
  )
})
