import assert from 'node:assert/strict'
import { test } from 'node:test'
import { displayPath, mergeSources } from '../../../../src/cli/manifests/manifests.ts'
import { failureDelayMs } from '../../../../src/cli/loops/failure-delay.ts'
import { isFromSources } from '../../../../src/cli/passes/undeclared.ts'
import type { DesiredSource } from '../../../../src/model/desired.ts'

const source = (more: Partial<DesiredSource>): DesiredSource => ({
  name: '/m',
  read: 'ok',
  scope: 'all',
  badFiles: [],
  allowEmpty: false,
  ...more,
})

test('several directories of one name are one source: gone when one of them is, empty when all are', () => {
  const [both, ...rest] = mergeSources([
    source({ name: 'site', read: 'vanished', badFiles: ['/a'] }),
    source({ name: 'site', scope: ['/b/x.yaml'], badFiles: ['/b/x.yaml'] }),
  ])
  assert.deepEqual(rest, [])
  assert.deepEqual(both, source({ name: 'site', read: 'vanished', badFiles: ['/a', '/b/x.yaml'] }))
  const readOf = (...parts: DesiredSource['read'][]) => mergeSources(parts.map(read => source({ read })))[0]?.read
  assert.equal(readOf('vanished', 'empty', 'ok'), 'vanished')
  assert.equal(readOf('ok', 'empty', 'vanished'), 'vanished')
  assert.equal(readOf('empty', 'ok'), 'ok')
  assert.equal(mergeSources([source({ read: 'empty' }), source({ read: 'empty' })])[0]?.read, 'empty')
})

test('a file of a source speaks for itself alone', () => {
  const origin = { source: '/m', file: '/m/a.yaml', line: 1, column: 1 }
  assert.equal(isFromSources(origin, [source({})]), true)
  assert.equal(isFromSources(origin, [source({ scope: ['/m/a.yaml'] })]), true)
  assert.equal(isFromSources(origin, [source({ scope: ['/m/b.yaml'] })]), false)
  assert.equal(isFromSources(origin, [source({ name: '/other' })]), false)
  assert.equal(isFromSources(null, [source({})]), false)
})

test('paths below the working directory are shown relative to it, others whole', () => {
  assert.equal(displayPath('/home/a/m/x.yaml', '/home/a'), 'm/x.yaml')
  assert.equal(displayPath('/etc/x.yaml', '/home/a'), '/etc/x.yaml')
})

test('failing passes are repeated ever more slowly, at least once a minute; every five seconds where a disk is full', () => {
  const delays = (forRoom: boolean) => [1, 2, 3, 7, 100].map(passes => failureDelayMs(passes, forRoom))
  assert.deepEqual(delays(false), [1000, 2000, 4000, 60_000, 60_000])
  assert.deepEqual(delays(true), [1000, 2000, 4000, 5000, 5000])
})
