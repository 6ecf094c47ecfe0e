import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerSpec } from '../../../src/model/desired.ts'
import { changedSpecFields, sameSpec } from '../../../src/plan/changes.ts'
import * as specs from '../../support/specs.ts'

const changes = (wanted: Partial<ContainerSpec>, recorded: Partial<ContainerSpec> = {}) =>
  changedSpecFields({ ...specs.plainSpec, ...wanted }, { ...specs.plainSpec, ...recorded })
const mount = { type: 'volume', name: 'data', target: '/data', readOnly: false, noCopy: false } as const

test('changed fields are named as in the manifest, env by its keys and mounts by their place', () => {
  deepEqual(changes({ command: ['x'] }), ['spec.command'])
  deepEqual(changes({ env: { A: '1', B: '3' } }, { env: { A: '1', B: '2', C: '' } }), ['spec.env.B', 'spec.env.C'])
  deepEqual(changes({ shmSizeBytes: 1, oomScoreAdj: 5 }), ['spec.limits.oomScoreAdj', 'spec.limits.shmSize'])
  deepEqual(changes({ logging: { maxSizeBytes: null, maxFile: 3 } }), ['spec.logging.maxSize'])
  deepEqual(changes({ mounts: [mount, { ...mount, readOnly: true }] }, { mounts: [mount, mount] }), ['spec.mounts.1'])
  deepEqual(changes({ mounts: [mount] }), ['spec.mounts'])
})

test('keys in another order are the same spec', () => {
  deepEqual(changes({ env: { A: '1', B: '2' } }, { env: { B: '2', A: '1' } }), [])
})

test('another digest of the same fields is the same spec: a new release recreates nothing', () => {
  const container = specs.containerOf('web')
  equal(sameSpec(container, { ...container, digest: 'made by an older release' }), true)
})
