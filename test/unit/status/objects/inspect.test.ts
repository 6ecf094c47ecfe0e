import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Mount } from '../../../../src/model/desired.ts'
import type { ObservedContainer } from '../../../../src/model/observed.ts'
import { inspectObject } from '../../../../src/status/objects/inspect.ts'
import { jsonText } from '../../../../src/status/text/json-text.ts'
import { pick } from '../../../../src/status/objects/pick.ts'
import * as facts from '../facts.ts'

const { observedHello, show } = facts
const [anonymous, other] = ['f'.repeat(64), 'e'.repeat(64)]
const mounts: readonly Mount[] = [
  { type: 'volume', name: 'beat', target: '/data', readOnly: false, noCopy: false },
  { type: 'volume', name: null, target: '/cache', readOnly: false, noCopy: false },
  {
    type: 'bind',
    source: '/srv/site',
    target: '/site',
    readOnly: true,
    recursive: true,
    propagation: 'rprivate',
    createSource: false,
  },
  { type: 'tmpfs', target: '/run', readOnly: false, sizeBytes: null, mode: null },
]

function inspected(showValues = false) {
  const base = observedHello(facts.running(), 96, 32)
  const spec = { ...base.declaration.spec, mounts, env: { TZ: 'UTC' }, sysctls: { 'net.core.somaxconn': '1024' } }
  const container: ObservedContainer = {
    ...base,
    declaration: { ...base.declaration, spec },
    anonymousVolumes: { '/cache': anonymous, '/of-image': other },
  }
  return inspectObject(
    {
      entry: {
        container,
        memoryUsedBytes: 4096,
        pidsUsed: 2,
        watch: 'never',
        commit: null,
        stopping: false,
        waiting: null,
      },
      history: [],
      wanted: null,
      limitFile: field => (field === 'memoryBytes' ? '/sys/fs/cgroup/memory/r/c/memory.limit_in_bytes' : null),
      volumePath: name => `/var/lib/reconcile/volumes/${name}/_data`,
      logPath: '/var/lib/reconcile/containers/x/x-json.log',
    },
    { ...show, showValues },
  )
}

test('inspect gives bare values by dotted path', () => {
  const object = inspected()
  deepEqual(
    [
      'kernel.memory.file',
      'kernel.memory.value',
      'recorded.memory',
      'drift',
      'drift.0',
      'pid',
      'exit',
      'declared.spec.sysctls.net.core.somaxconn',
      'mounts.2.RW',
      'kernel.memroy',
      'kernel.memory.file.length',
      '__proto__',
    ].map(path => pick(object, path)),
    [
      '/sys/fs/cgroup/memory/r/c/memory.limit_in_bytes',
      `${32 * facts.mib}`,
      `${96 * facts.mib}`,
      '[\n  "memory"\n]',
      'memory',
      '4711',
      'null',
      '1024',
      'false',
      undefined,
      undefined,
      undefined,
    ],
  )
})

test('mounts are those of docker inspect, in the order of the manifest, then those of the image', () => {
  deepEqual(inspected()['mounts'], [
    {
      Type: 'volume',
      Name: 'beat',
      Source: '/var/lib/reconcile/volumes/beat/_data',
      Driver: 'local',
      Destination: '/data',
      Mode: 'z',
      RW: true,
      Propagation: '',
    },
    {
      Type: 'volume',
      Name: anonymous,
      Source: `/var/lib/reconcile/volumes/${anonymous}/_data`,
      Driver: 'local',
      Destination: '/cache',
      Mode: '',
      RW: true,
      Propagation: '',
    },
    { Type: 'bind', Source: '/srv/site', Destination: '/site', Mode: 'ro', RW: false, Propagation: 'rprivate' },
    { Type: 'tmpfs', Source: '', Destination: '/run', Mode: '', RW: true, Propagation: '' },
    {
      Type: 'volume',
      Name: other,
      Source: `/var/lib/reconcile/volumes/${other}/_data`,
      Driver: 'local',
      Destination: '/of-image',
      Mode: '',
      RW: true,
      Propagation: '',
    },
  ])
})

test('the values of env are hidden unless they are asked for', () => {
  equal(pick(inspected(), 'declared.spec.env.TZ'), '…(3 bytes)')
  equal(pick(inspected(true), 'declared.spec.env.TZ'), 'UTC')
})

test('JSON holds no character that a terminal obeys, and stays the same JSON', () => {
  const value = { name: 'a\u001b[31m\u009b\u202e\u2028\u{e0001}\n' }
  const text = jsonText(value)
  equal(/[^\n -~]/.test(text), false)
  deepEqual(JSON.parse(text), value)
})
