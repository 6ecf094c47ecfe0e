import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, specDigest } from '../../../src/manifest/digest.ts'
import { readManifests } from '../../../src/manifest/read.ts'

const context = { readFile: () => ({ ok: false, error: 'no such file' }) as const }
const container = (spec: string) => {
  const text = `apiVersion: reconcile/v1\nkind: Container\nmetadata: { name: web }\nspec: { rootfs: host, command: [sh], ${spec} }\n`
  const read = readManifests([{ file: 'web.yaml', path: '/m/web.yaml', text }], '/m', context)
  assert.deepEqual(read.problems, [])
  const [only] = read.containers
  assert.ok(only !== undefined)
  return only
}

test('canonical JSON does not depend on the order of keys', () => {
  assert.equal(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true }), '{"a":true,"b":[1,{"c":"x","d":null}]}')
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), value => {
      const turned = Object.fromEntries(Object.entries(value).reverse())
      assert.equal(canonicalJson(turned), canonicalJson(value))
    }),
  )
})

test('a digest is 64 hex digits over the spec alone', () => {
  const one = container('env: { A: b }')
  assert.match(one.digest, /^[0-9a-f]{64}$/)
  assert.equal(one.digest, specDigest(one.spec))
  const other = container(
    'env: { A: b }, limits: { memory: 64Mi }, restart: { policy: "no" }, stop: { grace: 1s }, state: stopped',
  )
  assert.equal(other.digest, one.digest)
})

test('two ways to write the same thing have the same digest', () => {
  const same: [string, string][] = [
    ['env: { A: b, C: d }', 'env: { C: d, A: b }'],
    ['mounts: ["/srv:/srv:ro"]', 'mounts: [{ type: bind, source: /srv, target: /srv, readOnly: true }]'],
    ['mounts: ["./x:/x"]', 'mounts: ["/m/x:/x"]'],
    ['capabilities: { add: [net_admin, CAP_KILL] }', 'capabilities: { add: [KILL, CAP_NET_ADMIN, KILL] }'],
    ['limits: { shmSize: 64Mi }', 'workingDir: /'],
    ['logging: { maxSize: 10240Ki }', 'namespaces: { pid: private }'],
  ]
  for (const [one, other] of same) assert.equal(container(one).digest, container(other).digest, one)
})

test('what can only change with a new container changes the digest', () => {
  const specs = [
    'user: "1"',
    'env: { A: b }',
    'mounts: [/x]',
    'security: { readOnlyRoot: true }',
    'limits: { shmSize: 1Mi }',
    'hostname: a',
  ]
  const digests = new Set(specs.map(spec => container(spec).digest))
  assert.equal(digests.size, specs.length)
})
