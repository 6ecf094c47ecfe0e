import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { DeclaredState } from '../../../src/model/desired.ts'
import { deviationsOf } from '../../../src/model/deviations.ts'
import type { SeenRun } from '../../../src/model/run-facts.ts'
import { lookOf } from '../../support/model-looks.ts'

const told = (kernel: Partial<SeenRun>, recorded?: null, state: DeclaredState = 'running') =>
  deviationsOf(lookOf(kernel, recorded), state).map(({ kind, field, kernel: now, repair }) => [
    kind,
    field,
    now,
    repair,
  ])

test('a run that is as it was given deviates in nothing', () => deepEqual(told({}), []))

test('what is to be paused stands still, also when nothing was kept of its start', () => {
  deepEqual(told({ frozen: true }, null, 'paused'), [])
  deepEqual(told({}, null, 'paused'), [['thawed', 'frozen', 'no', { what: 'freeze' }]])
  deepEqual(told({ frozen: true }, undefined, 'stopped'), [['frozen', 'frozen', 'yes', { what: 'thaw' }]])
})

test('a program may raise its soft limit up to the hard one', () =>
  deepEqual(told({ ulimits: { nofile: { soft: 4096, hard: 4096 } } }), []))

test('a lowered hard limit is raised again only by who may do that', () => {
  const ulimits = { nofile: { soft: 64, hard: 128 } }
  const whole = { what: 'setUlimit', resource: 'nofile', soft: 1024, hard: 4096 }
  deepEqual(told({ ulimits }), [['ulimit', 'ulimits.nofile', '64:128', whole]])
  const half = { ...whole, soft: 128, hard: 128 }
  deepEqual(told({ ulimits, mayRaiseHardLimits: false }), [['ulimit', 'ulimits.nofile', '64:128', half]])
  deepEqual(told({ ulimits: { nofile: { soft: 128, hard: 128 } }, mayRaiseHardLimits: false }), [
    ['ulimit-out-of-reach', 'ulimits.nofile', '128:128', null],
  ])
})

test('a raised hard limit is lowered by anybody, also from none', () => {
  const repair = { what: 'setUlimit', resource: 'nofile', soft: 1024, hard: 4096 }
  for (const hard of [8192, -1])
    deepEqual(told({ ulimits: { nofile: { soft: 1024, hard } }, mayRaiseHardLimits: false }), [
      ['ulimit', 'ulimits.nofile', `1024:${hard === -1 ? 'unlimited' : hard}`, repair],
    ])
})

test("another namespace is told, the host's is a reason to restart", () => {
  const given = lookOf().kernel.namespaces
  deepEqual(told({ namespaces: { ...given, net: '999' } }), [['namespace', 'namespaces.net', 'own 999', null]])
  deepEqual(told({ namespaces: { ...given, net: '100' } }), [['namespace-of-host', 'namespaces.net', 'host', null]])
  deepEqual(told({ namespaces: {} }), [], 'what cannot be read is not compared')
})

test('capabilities count in the user namespace in which they were given', () => {
  deepEqual(told({ capabilities: 'a80425ff' }), [['capabilities', 'capabilities', '0xa80425ff', null]])
  deepEqual(told({ capabilities: 'a8042500' }), [], 'giving some up is nobody’s drift')
  const namespaces = { ...lookOf().kernel.namespaces, user: '555' }
  deepEqual(told({ capabilities: 'ffffffff', namespaces }), [['namespace', 'namespaces.user', 'own 555', null]])
})

test('of a run whose start nobody kept only its place is judged', () => {
  const wild = {
    uid: 0,
    capabilities: 'ffffffff',
    frozen: true,
    outsideOf: ['memory'],
    outsideAt: '/',
    othersOutside: 1,
  }
  deepEqual(told(wild, null), [
    ['frozen', 'frozen', 'yes', { what: 'thaw' }],
    ['cgroup', 'cgroup', '/ (memory), 1 child outside', { what: 'rejoinCgroups' }],
  ])
})
