import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planMount } from '../../../src/converge/mounts.ts'
import { startPlan } from '../../../src/converge/start-plan.ts'
import { containerPaths, dataRootPaths } from '../../../src/dataroot/layout/paths.ts'
import type { ContainerRecord } from '../../../src/model/record.ts'
import { mergedSettings } from '../../../src/model/settings.ts'
import { unlimitedLimits } from '../../support/fake-host.ts'
import { containerOf, freshRestarts, idOf, recordOf } from '../../support/specs.ts'

const id = idOf(1)
const paths = dataRootPaths('/root', '/run/r')

function planOf(wish: Parameters<typeof containerOf>[1]) {
  const container = containerOf('shop/web', wish)
  const record: ContainerRecord = {
    version: 1,
    id,
    declaration: recordOf(container),
    origin: container.origin,
    createdAtMs: 1,
    limits: unlimitedLimits,
    anonymousVolumes: {},
    image: null,
    restarts: freshRestarts,
    run: null,
    stop: null,
  }
  return startPlan(record, {
    at: containerPaths(paths, id),
    rootId: 'abcdefabcdef',
    containerRunDir: '/run/r/x',
    metadataDb: paths.metadataDb,
    lowers: ['/lower'],
    upper: '/upper',
    work: '/work',
    settings: mergedSettings(record.declaration, null),
    mounts: [],
    interfaces: [],
    proxied: [],
    hostname: 'web',
    joins: [],
    network: containerPaths(paths, id),
    heldCapabilities: (1n << 41n) - 1n,
  })
}

test('the entrypoint stands before the command', () => {
  assert.deepEqual(planOf({ spec: { entrypoint: ['/tini', '--'], command: ['sh'] } }).args, ['/tini', '--', 'sh'])
})

test('paths are masked as Docker does, unless the container says which', () => {
  const plain = planOf({})
  assert.ok(plain.maskedPaths.includes('/proc/kcore') && plain.readonlyPaths.includes('/proc/sys'))
  const security = { readOnlyRoot: true, noNewPrivileges: true, maskedPaths: [], readonlyPaths: ['/x'] }
  const own = planOf({ spec: { security } })
  assert.deepEqual([own.maskedPaths, own.readonlyPaths, own.readOnlyRoot], [[], ['/x'], true])
})

test('ulimits keep their names and bounds', () => {
  const { rlimits } = planOf({ spec: { ulimits: { nofile: { soft: 10, hard: 20 }, core: { soft: -1, hard: -1 } } } })
  assert.deepEqual(rlimits, [
    { resource: 'nofile', soft: 10, hard: 20 },
    { resource: 'core', soft: -1, hard: -1 },
  ])
})

test('what is written belongs to the container by its id', () => {
  const plan = planOf({})
  for (const path of [plan.exitPath, plan.log.path]) assert.ok(path.includes(id), path)
  assert.equal(plan.name, 'shop/web')
})

test('a volume is a recursive private bind of its data', () => {
  const mount = { type: 'volume', name: 'v', target: '/d', readOnly: true, noCopy: false } as const
  const expected = { source: '/v/_data', target: '/d', readOnly: true, recursive: true, propagation: 'rprivate' }
  assert.deepEqual(planMount(mount, '/v/_data'), { type: 'bind', ...expected })
})
