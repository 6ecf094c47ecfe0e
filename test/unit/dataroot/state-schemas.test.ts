import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import configSchema from '../../../schemas/state/config.v2.schema.json' with { type: 'json' }
import exitSchema from '../../../schemas/state/exit.schema.json' with { type: 'json' }
import hostConfigSchema from '../../../schemas/state/hostconfig.schema.json' with { type: 'json' }
import recordSchema from '../../../schemas/state/reconcile.schema.json' with { type: 'json' }
import runStateSchema from '../../../schemas/state/run-state.schema.json' with { type: 'json' }
import volumeSchema from '../../../schemas/state/volume.schema.json' with { type: 'json' }
import { configText } from '../../../src/dataroot/docker/config.ts'
import { hostConfigText } from '../../../src/dataroot/docker/hostconfig.ts'
import { createdState, exitedState, runningState } from '../../../src/dataroot/docker/state.ts'
import { dataRootPaths } from '../../../src/dataroot/layout/paths.ts'
import {
  containerRecordShape,
  exitRecordShape,
  runStateShape,
  volumeRecordShape,
} from '../../../src/dataroot/records/record-shape.ts'
import type { Shape } from '../../../src/dataroot/files/shape.ts'
import { sampleId, sampleRecord, sampleVolume } from '../../support/sample-record.ts'

const ajv = new Ajv2020({ allowUnionTypes: true })
const paths = dataRootPaths('/var/lib/reconcile', '/run/reconcile')
const bootId = '9d1c2a4e-0000-4000-8000-000000000000'

const exitRecord = {
  version: 1,
  containerId: sampleId,
  bootId,
  pid: 4321,
  startTicks: '123',
  startedAtMs: 1,
  finishedAtMs: 2,
  code: null,
  signal: 9,
  oomKilled: true,
  stopRequested: false,
  logLinesLost: 0,
}
const runState = {
  version: 1,
  containerId: sampleId,
  rootId: '0123456789ab',
  bootId,
  pid: 4321,
  startTicks: '123',
  shimPid: 4320,
  shimStartTicks: '122',
  startedAtMs: 1,
  warnings: [{ field: 'ulimits.nofile', message: 'clamped' }],
}

const contracts: readonly { name: string; schema: object; shape: Shape<unknown>; sample: object }[] = [
  { name: 'reconcile.json', schema: recordSchema, shape: containerRecordShape, sample: sampleRecord },
  { name: 'the record of a volume', schema: volumeSchema, shape: volumeRecordShape, sample: sampleVolume },
  { name: 'exit.json', schema: exitSchema, shape: exitRecordShape, sample: exitRecord },
  { name: 'a run state', schema: runStateSchema, shape: runStateShape, sample: runState },
]

for (const { name, schema, shape, sample } of contracts) {
  const validate = ajv.compile(schema)

  test(`${name} is as its schema says`, () => {
    assert.ok(validate(sample), ajv.errorsText(validate.errors))
    assert.equal(shape(sample, ''), null)
  })

  test(`${name} is refused by reader and schema alike, whatever single value of it is damaged`, () => {
    let damaged = 0
    for (const variant of damagedVariants(sample)) {
      assert.equal(shape(variant, '') === null, validate(variant), JSON.stringify(variant))
      if (shape(variant, '') !== null) damaged++
    }
    assert.ok(damaged > Object.keys(sample).length, `${damaged} refused`)
  })
}

for (const state of [
  createdState,
  runningState(4321, 1_770_000_001_000),
  exitedState({ kind: 'signal', signal: 9, oom: true, atMs: 1_770_000_002_000 }, 1_770_000_001_000),
]) {
  test(`config.v2.json of a container that is ${state.status} is as its schema says`, () => {
    const validate = ajv.compile({ ...configSchema, $id: `config-${state.status}` })
    assert.ok(validate(JSON.parse(configText(paths, sampleRecord, state))), ajv.errorsText(validate.errors))
  })
}

test('hostconfig.json is as its schema says', () => {
  const validate = ajv.compile(hostConfigSchema)
  assert.ok(validate(JSON.parse(hostConfigText(sampleRecord))), ajv.errorsText(validate.errors))
})

/** The value with each field, at any depth, once left out and once of another type. */
function* damagedVariants(value: unknown): Generator {
  for (const wrong of [undefined, null, true, -1.5, 'x', [], {}]) yield wrong
  if (typeof value !== 'object' || value === null) return
  for (const [key, item] of Object.entries(value)) {
    for (const variant of damagedVariants(item)) {
      if (Array.isArray(value)) {
        if (variant !== undefined) yield value.with(Number(key), variant)
      } else {
        const { [key]: _, ...others } = value as Record<string, unknown>
        yield variant === undefined ? others : { ...others, [key]: variant }
      }
    }
  }
}
