import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerSpec, Mount } from '../../../src/model/desired.ts'
import type { MountFault } from '../../../src/model/mount-drift.ts'
import type { ObservedContainer } from '../../../src/model/observed.ts'
import { mountsVerdict } from '../../../src/plan/mount-change.ts'
import { mountsToChange, obstacleText } from '../../../src/status/text/mount-change-words.ts'
import { bind, tmpfs, volume } from '../../support/mount-lab.ts'
import { configOf } from '../../support/model-pulls.ts'
import * as specs from '../../support/specs.ts'

type Given = Partial<ContainerSpec> & { readonly fault?: MountFault; readonly seen?: Partial<ObservedContainer> }

/** What is said of a running container whose list changes. */
function said(before: readonly Mount[], after: readonly Mount[], given: Given = {}): string | null {
  const { fault, seen = {}, ...spec } = given
  const [first] = before
  const drifts = fault === undefined || first === undefined ? [] : [{ mount: first, fault }]
  const running = specs.seen(specs.containerOf('web', { spec: { ...spec, mounts: before } }), specs.runningSince(0), {
    mountDrifts: { known: true, value: drifts },
    ...seen,
  })
  const images = { 'app:1': { state: 'present' as const, id: 'sha256:a', config: configOf(['/state']) } }
  const verdict = mountsVerdict({ ...specs.plainSpec, ...spec, mounts: after }, running, { images })
  if (verdict === null) return null
  return verdict.by === 'in-place' ? mountsToChange(verdict.change) : `new: ${obstacleText(verdict.obstacle)}`
}

const anonymous = (target: string): Mount => ({ type: 'volume', name: null, target, readOnly: false, noCopy: false })
const data = volume('data', '/data')

test('what comes, goes, shows something else or is shown otherwise is told for each target', () => {
  equal(said([data], [data]), null)
  equal(
    said([], [data, bind('/srv/site', '/site', { readOnly: true })]),
    'mount volume data at /data, mount /srv/site at /site read-only',
  )
  equal(said([data, tmpfs('/quick')], []), 'unmount /data, unmount /quick')
  equal(said([data], [volume('data', '/data', true)]), 'remount /data read-only')
  equal(said([data], [volume('other', '/data')]), 'mount volume other at /data instead of volume data')
  equal(said([tmpfs('/quick', 4096)], [tmpfs('/quick', 2 ** 20)]), 'remount /quick size 1Mi')
  const site = bind('/srv', '/site')
  equal(said([bind('/srv', '/site', { propagation: 'rshared' })], [site]), 'remount /site rprivate')
  equal(said([site], [bind('/srv', '/site', { propagation: 'rslave' })]), 'mount /site anew')
  equal(said([site], [bind('/srv', '/site', { recursive: false })]), 'mount /site anew')
})

test('only the record changes for the order, and for what matters when a mount is made', () => {
  equal(said([data, tmpfs('/quick')], [tmpfs('/quick'), data]), '')
  equal(said([bind('/srv', '/a')], [bind('/srv', '/a', { createSource: true, requireMount: true })]), '')
})

test('what lies below goes first and comes last, whatever the order of the list', () => {
  const inside = volume('inside', '/data/in')
  const change = mountsVerdict(
    { ...specs.plainSpec, mounts: [tmpfs('/data/in/deep'), inside, volume('other', '/data')] },
    specs.seen(
      specs.containerOf('web', { spec: { mounts: [data, inside, tmpfs('/data/in/deep')] } }),
      specs.runningSince(0),
    ),
    { images: {} },
  )
  equal(change?.by, 'in-place')
  if (change?.by !== 'in-place') return
  const targets = (some: readonly { readonly mount: Mount }[]) => some.map(({ mount }) => mount.target)
  deepEqual(targets(change.change.away), ['/data/in/deep', '/data/in', '/data'])
  deepEqual(targets(change.change.put), ['/data', '/data/in', '/data/in/deep'])
})

test('a new container is made where the running one can not be given it, and the reason is told', () => {
  equal(said([], [anonymous('/cache')]), 'new: /cache: an anonymous volume comes and goes with its container')
  equal(said([anonymous('/cache')], []), 'new: /cache: an anonymous volume comes and goes with its container')
  equal(said([data], [anonymous('/data')]), 'new: /data: an anonymous volume comes and goes with its container')
  equal(said([], [volume('x', '/etc')]), 'new: /etc: its start mounts there itself')
  equal(said([], [tmpfs('/dev/shm')]), 'new: /dev/shm: its start mounts there itself')
  const masked = { security: { ...specs.plainSpec.security, maskedPaths: ['/opt/secret'] } }
  equal(said([], [volume('x', '/opt')], masked), 'new: /opt: its start mounts there itself')
  const readOnlyRoot = { security: { ...specs.plainSpec.security, readOnlyRoot: true } }
  equal(said([], [data], readOnlyRoot), 'new: /data: nothing can be made in its read-only root')
  equal(said([data], [data, tmpfs('/data/in')], readOnlyRoot), 'mount tmpfs at /data/in')
  equal(said([data], [volume('other', '/data')], readOnlyRoot), 'mount volume other at /data instead of volume data')
  equal(
    said([data, tmpfs('/data/in')], [tmpfs('/data/in')], readOnlyRoot),
    'new: /data/in: nothing can be made in its read-only root',
  )
  const moded: Mount = { type: 'tmpfs', target: '/quick', readOnly: false, sizeBytes: null, mode: 0o700 }
  equal(said([tmpfs('/quick')], [moded]), 'new: /quick: a tmpfs begins with its mode, and without a size')
})

test("a volume of the image's is not known to be needed only where the image is here and the same", () => {
  const ofImage = (id: string) => ({ seen: { image: { id, reference: 'app:1' }, anonymousVolumes: {} } })
  equal(
    said([volume('x', '/state')], [], ofImage('sha256:a')),
    'new: /state: its image has, or may have, a volume there',
  )
  equal(said([data], [], ofImage('sha256:a')), 'unmount /data')
  equal(said([data], [], ofImage('sha256:b')), 'new: /data: its image has, or may have, a volume there')
  equal(said([], [data], ofImage('sha256:b')), 'mount volume data at /data')
})

test('what others mounted is not taken away in passing', () => {
  equal(said([data], [], { fault: { kind: 'replaced', by: 'a tmpfs' } }), 'new: /data: something else is mounted there')
  equal(said([data], [], { fault: { kind: 'missing' } }), 'unmount /data')
  equal(
    said([data], [data, tmpfs('/data/in')], { fault: { kind: 'missing' } }),
    'new: /data/in: a mount above it is missing, or not what it was',
  )
  equal(said([data], [data, tmpfs('/quick')], { fault: { kind: 'missing' } }), 'mount tmpfs at /quick')
})
