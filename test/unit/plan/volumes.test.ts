import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { DesiredState } from '../../../src/model/desired.ts'
import type { ObservedState } from '../../../src/model/observed.ts'
import { plan } from '../../../src/plan/plan.ts'
import { planLines } from '../../support/plan-text.ts'
import * as specs from '../../support/specs.ts'

const lines = (desired: DesiredState, observed: Partial<ObservedState>) =>
  planLines(plan(desired, specs.observedOf(observed), specs.minting()))
const others = specs.originAt('/srv/others/x.yaml', 3, '/srv/others')
const disposable = specs.volumeSeen('data', {
  removal: 'delete',
  origin: specs.originAt('/srv/manifests/volumes.yaml'),
})
const user = specs.containerOf('web', {
  spec: { mounts: [{ type: 'volume', name: 'data', target: '/data', readOnly: false, noCopy: false }] },
})
const looked = { absentSinceMs: { 'volume data': 0, 'container web': 0 } }

test('a volume that another source declared is refused with its place', () => {
  equal(
    lines(specs.desiredOf([], { volumes: [specs.volumeOf('data')] }), {
      volumes: [specs.volumeSeen('data', { origin: others })],
    }),
    'blocked volume data: owned-by (/srv/others) at volumes.yaml:4:13',
  )
})

test('mounting a volume of another source is fine', () => {
  const seen = specs.seen(user, specs.runningSince(0))
  equal(
    lines(specs.desiredOf([user]), { containers: [seen], volumes: [specs.volumeSeen('data', { origin: others })] }),
    '',
  )
})

test('a volume that only a mount had named gets its owner when it is declared', () => {
  equal(
    lines(specs.desiredOf([], { volumes: [specs.volumeOf('data')] }), { volumes: [specs.volumeSeen('data')] }),
    '[] #1 volume data: update-volume, record-changed origin at volumes.yaml:4:13 [in-place]',
  )
})

test('an undeclared volume with removal: delete stays while a declared container mounts it', () => {
  const seen = specs.seen(user, specs.runningSince(0))
  equal(
    lines(specs.desiredOf([user], looked), { containers: [seen], volumes: [disposable] }),
    'blocked volume data: would-lose-data (used by web)',
  )
})

test('it stays while a container of another source mounts it', () => {
  const seen = specs.seen({ ...user, origin: others }, specs.runningSince(0))
  equal(
    lines(specs.desiredOf([], looked), { containers: [seen], volumes: [disposable] }),
    'blocked volume data: would-lose-data (used by web)',
  )
})

test('it goes after the container that mounted it', () => {
  const seen = specs.seen(user, specs.exitedWith(0))
  equal(
    lines(specs.desiredOf([], looked), { containers: [seen], volumes: [disposable] }),
    `[] #1 container web (000000000001): delete-container, undeclared [remove]
[1] #2 volume data: delete-volume, undeclared [remove]`,
  )
})

test('it waits in silence while that container still stops', () => {
  const seen = specs.seen(user, specs.runningSince(0))
  equal(
    lines(specs.desiredOf([], looked), { containers: [seen], volumes: [disposable] }),
    '[] #1 container web (000000000001): begin-stop SIGTERM 10s, undeclared [remove]',
  )
})

const former = { ...specs.seen(specs.containerOf('old'), specs.exitedWith(0)), anonymousVolumes: { '/data': 'data' } }
const anonymous = { volumes: [specs.volumeSeen('data', { anonymous: true })] }
const deletesNamed = (desired: DesiredState, containers: ObservedState['containers']) =>
  plan(desired, specs.observedOf({ containers, ...anonymous }), specs.minting()).steps.flatMap(({ action }) =>
    action.kind === 'delete-container' ? action.deleteVolumes : [],
  )

test('an anonymous volume goes with its container, but not while another one mounts it by its name', () => {
  const absentSinceMs = { 'container old': 0 }
  deepEqual(deletesNamed(specs.desiredOf([], { absentSinceMs }), [former]), ['data'])
  deepEqual(deletesNamed(specs.desiredOf([user], { absentSinceMs }), [former]), [])
  const stranger = { ...specs.seen(user, specs.runningSince(0)), id: specs.idOf(77), origin: others }
  deepEqual(deletesNamed(specs.desiredOf([], { absentSinceMs }), [former, stranger]), [])
})

test('a start stands behind the making of a volume that another container needs too', () => {
  const mounts = [{ type: 'volume', name: null, target: '/data', readOnly: false, noCopy: false }] as const
  const twins = ['a', 'b'].map((name, index) => ({
    ...specs.seen(specs.containerOf(name, { spec: { mounts } }), { phase: 'created' }),
    id: specs.idOf(index + 1),
    anonymousVolumes: { '/data': 'data' },
  }))
  const wanted = ['a', 'b'].map(name => specs.containerOf(name, { spec: { mounts } }))
  const { steps } = plan(specs.desiredOf(wanted), specs.observedOf({ containers: twins }), specs.minting())
  const made = steps.find(({ action }) => action.kind === 'create-volume')?.id ?? 0
  deepEqual(
    steps.filter(({ action }) => action.kind === 'start-container').map(({ after }) => after.includes(made)),
    [true, true],
  )
})

test('while a run lives of which nothing is known, no volume goes and no new container comes', () => {
  const unrecorded = [{ id: specs.idOf(5), pid: 99, record: 'lost' }] as const
  equal(
    lines(specs.desiredOf([], looked), { volumes: [disposable], unrecorded }),
    'blocked volume data: record-lost (000000000005, pid 99)',
  )
  equal(
    lines(specs.desiredOf([specs.containerOf('web')]), { unrecorded }),
    'blocked container web: record-lost (000000000005, pid 99) at web.yaml:4:13',
  )
  const there = specs.seen(specs.containerOf('web'), specs.runningSince(0))
  equal(lines(specs.desiredOf([specs.containerOf('web')]), { containers: [there], unrecorded }), '')
  const copied = [{ ...unrecorded[0], record: 'copied' }] as const
  equal(lines(specs.desiredOf([], looked), { volumes: [disposable], unrecorded: copied }).includes('blocked'), false)
})
