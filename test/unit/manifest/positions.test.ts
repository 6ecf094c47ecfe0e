import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readManifests } from '../../../src/manifest/read.ts'

const context = { readFile: () => ({ ok: false, error: 'no such file' }) as const }
const read = (text: string | Uint8Array) =>
  readManifests([{ file: 'web.yaml', path: '/m/web.yaml', text }], '/m', context)
const manifest = `apiVersion: reconcile/v1
kind: Container
metadata:
  name: web
spec:
  rootfs: host
  command: &run [sh, -c, "true"]
  mounts:
    - "data:/data"
    - type: tmpfs
      target: /run
  env:
    GREETING: "grüß 😀 dich"
    A.B: x
  limits: { memory: 64Mi, pids: 32 }
  entrypoint: *run
`
const place = (text: string, path: string): string | undefined => {
  const position = read(text).containers[0]?.positions[path]
  return position && `${position.line}:${position.column}`
}

test('an object stands where its name is declared', () => {
  const [container] = read(manifest).containers
  assert.deepEqual(container?.origin, { file: '/m/web.yaml', line: 4, column: 3, source: '/m' })
})

test('a value has its own place, a block the place of its key, an aliased value that of the alias', () => {
  const places = [
    'spec',
    'spec.command',
    'spec.command.2',
    'spec.mounts',
    'spec.mounts.1.target',
    'spec.limits',
    'spec.limits.memory',
    'spec.limits.pids',
    'spec.entrypoint.0',
    'spec.env.A.B',
  ]
  assert.deepEqual(
    places.map(path => place(manifest, path)),
    ['5:1', '7:17', '7:26', '8:3', '11:15', '15:11', '15:21', '15:33', '16:15', '14:10'],
  )
})

test('columns count characters, not bytes or halves of them', () => {
  const text = manifest
    .replace('{ memory: 64Mi', '{ "memory": 64Mi')
    .replace('env:\n    GREETING: "grüß 😀 dich"\n    A.B: x', 'env: { A: "ü😀", PORT: 80 }')
  assert.deepEqual(
    read(text).problems.map(({ position }) => `${position?.line}:${position?.column}`),
    ['12:25'],
  )
})

test('a byte order mark and Windows line ends move nothing', () => {
  const text = `\uFEFF${manifest.replaceAll('\n', '\r\n')}`
  assert.equal(place(text, 'spec.limits.memory'), '15:21')
  assert.equal(read(Buffer.from(text)).containers[0]?.positions['spec.limits.memory']?.column, 21)
})

test('an excerpt shows the line and marks the mistake', () => {
  const [problem] = read(manifest.replace('memory:', 'memroy:')).problems
  assert.deepEqual(problem, {
    file: '/m/web.yaml',
    position: { file: '/m/web.yaml', line: 15, column: 13 },
    message: 'unknown field "memroy" in spec.limits; did you mean "memory"?',
    excerpt: { text: '  limits: { memroy: 64Mi, pids: 32 }', column: 13, length: 6 },
  })
})

test('an excerpt of a very long line is a window round the mistake', () => {
  const long = manifest
    .replace('env:\n', `env: { ${'A'.repeat(5000)}: b, PORT: 80${' '.repeat(5000)} }\n`)
    .replace(/ {4}(GREETING|A\.B).*\n/g, '')
  const [problem] = read(long).problems
  assert.ok(problem?.excerpt)
  const { text, column, length } = problem.excerpt
  assert.ok(text.length <= 160)
  assert.equal(text.slice(column - 1, column - 1 + length), '80')
})

test('control characters never reach the screen', () => {
  const problems = read(`${manifest}  "\\e[2J": 1\n  "a\u009b31mb": 1\n  "\u202egnp.exe": 1\n`).problems
  assert.equal(problems.length, 3)
  for (const { message, excerpt } of problems)
    assert.doesNotMatch(`${message}${excerpt?.text}`, /[\u0000-\u001f\u007f-\u009f\u202e]/)
})
