import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { StartPlan } from '../../src/runtime/plan.ts'
import { openCore } from '../../src/runtime/core.ts'
import { loadNative } from '../../src/runtime/native.ts'
import type { Opened } from '../../src/runtime/wire.ts'
import type { Result } from '../../src/model/errors.ts'
import { build, type CoreLab, failure, openLab, value } from './core-lab.ts'

const schemas = resolve(import.meta.dirname, '../../schemas/core')
const json = (name: string) => JSON.parse(readFileSync(join(schemas, name), 'utf8'))
const samples = json('samples.json')

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true })
for (const name of ['common', 'plan', 'requests', 'replies', 'events']) ajv.addSchema(json(`${name}.schema.json`))

function holds(reference: string, message: unknown): void {
  const validate = ajv.getSchema(reference)
  assert.ok(validate, reference)
  assert.ok(validate(message), `${JSON.stringify(message)}: ${ajv.errorsText(validate.errors)}`)
}

const plan: StartPlan = { ...samples.submit[0].plan, args: ['sleep', '60'] }

test('the samples of every message hold against the schemas', () => {
  holds('requests.schema.json#/$defs/open', samples.open)
  for (const request of samples.submit) holds('requests.schema.json#/$defs/submit', request)
  for (const request of samples.call) holds('requests.schema.json#/$defs/call', request)
  holds('events.schema.json#/$defs/batch', samples.events)
  assert.deepEqual(plan, samples.submit[0].plan)
})

function openRaw(lab: CoreLab) {
  const native = loadNative(join(build, 'librc.so'))
  const shimPath = join(build, 'reconcile-shim')
  const opened = native.open({ ...samples.open, rootId: lab.rootId, runDir: lab.dir, shimPath }) as Result<Opened>
  return { native, opened, handle: value(opened).handle }
}

test('the replies of the core hold against the schemas', t => {
  const lab = openLab(t)
  const { native, opened, handle } = openRaw(lab)
  holds('replies.schema.json#/$defs/opened', opened)
  holds('replies.schema.json#/$defs/locked', native.call(handle, { ...samples.call[0], path: join(lab.dir, 'lock') }))
  holds('replies.schema.json#/$defs/writers', native.call(handle, { op: 'writers', path: lab.dir }))
  holds('replies.schema.json#/$defs/done', native.call(handle, { op: 'unlock', lock: 7 }))
  holds('replies.schema.json#/$defs/submitted', native.submit(handle, samples.submit[4]))
  native.close(handle)
})

test('a request that is no request is refused with its place, and a closed core says so', t => {
  const { native, handle } = openRaw(openLab(t))
  const refused = failure(native.call(handle, { op: 'dance' }))
  assert.equal(refused.code, 'E_SPEC')
  assert.match(refused.message, /^request to the core: unknown variant `dance`, expected one of `lock`/)
  native.close(handle)
  assert.equal(failure(native.call(handle, { op: 'unlock', lock: 7 })).message, `core handle ${handle} is closed`)
})

test('a missing shim is named when the core is opened', t => {
  const { dir, rootId } = openLab(t)
  const shimPath = join(dir, 'none')
  const error = failure(openCore({ rootId, runDir: dir, shimPath, cgroupParent: `reconcile-${rootId}` }))
  assert.equal(error.code, 'E_SHIM')
  assert.equal(error.message, `load the shim ${shimPath}: no such file or directory (ENOENT)`)
})

test('container ids that could be paths are refused before anything is done', async t => {
  const { core } = openLab(t)
  for (const id of ['', '../..', 'A'.repeat(64), 'a'.repeat(63)]) {
    assert.equal(failure(await core.cleanup(id)).code, 'E_SPEC', id)
  }
})
