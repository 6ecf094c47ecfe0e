import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readManifests } from '../../../src/manifest/read.ts'

const pieces =
  'apiVersion: reconcile/v1\n|kind: Container\n|kind: Volume\n|metadata: { name: web }\n|spec:\n|  rootfs: host\n|  command: [sh]\n|  mounts:\n|    - "a:/b"\n|    - { type: bind, target: /x }\n|  limits: { memory: 64m, cpus: 1 }\n|  env: { A: b }\n|  - |? |: |[|]|{|}|, |"|\'|&a |*a|!x |---\n|...\n|\t|#|%YAML 1.2\n|\n|\r\n|0755|~|\u0000|\ufeff|😀|<<: *a\n|__proto__: 1\n|/|~1|\n  |>|'
    .split('|')
    .concat('|')
const text = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map(parts => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
)
const value = fc.oneof(fc.jsonValue(), fc.constantFrom('host', '/x', 'a:/b', '64Mi', 'always', ['sh'], { name: 'web' }))
const fields = [
  'rootfs',
  'command',
  'env',
  'mounts',
  'limits',
  'restart',
  'stop',
  'security',
  'user',
  'image',
  'namespaces',
]
const spec = fc.dictionary(fc.constantFrom(...fields), value)

const context = { readFile: () => ({ ok: false, error: 'no such file' }) as const }
const judge = (given: string): void => {
  const read = readManifests([{ file: 'x.yaml', path: '/m/x.yaml', text: given }], '/m', context)
  assert.equal(read.problems.length > 0, read.badFiles.length > 0)
  assert.ok(read.problems.length <= 20)
  const lines = given.split('\n').length
  for (const { position, excerpt, message } of read.problems) {
    assert.ok(position === null || (position.line >= 1 && position.line <= lines && position.column >= 1))
    assert.ok(excerpt === null || excerpt.column + excerpt.length <= Array.from(excerpt.text).length + 2)
    assert.ok(message.length < 600 && !message.includes('\n'))
  }
}

test('any text is read or refused, with places inside it', () => {
  fc.assert(fc.property(text, judge), { numRuns: 500 })
})

test('any value in any field is read or refused', () => {
  const manifest = fc.record({
    apiVersion: fc.constant('reconcile/v1'),
    kind: fc.constantFrom('Container', 'Volume'),
    metadata: fc.oneof(fc.constant({ name: 'web' }), value),
    spec,
  })
  fc.assert(
    fc.property(manifest, fc.integer({ min: 0, max: 2 }), (given, indent) =>
      judge(JSON.stringify(given, null, indent)),
    ),
    { numRuns: 500 },
  )
})
