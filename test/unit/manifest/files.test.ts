import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ReadMemory, readManifests } from '../../../src/manifest/read.ts'

const context = { readFile: () => ({ ok: false, error: 'no such file' }) as const }
const read = (text: string | Uint8Array) =>
  readManifests([{ file: 'web.yaml', path: '/m/web.yaml', text }], '/m', context)
const messages = (text: string | Uint8Array): string[] => read(text).problems.map(({ message }) => message)
const volume = (name: string): string => `apiVersion: reconcile/v1\nkind: Volume\nmetadata: { name: ${name} }\n`

test('a file that is not UTF-8 is refused as a whole, with the first bad byte', () => {
  assert.deepEqual(messages(Buffer.concat([Buffer.from('a: ü'), Buffer.from([0xff])])), [
    'the file is not UTF-8 text: byte 6 is invalid; save it as UTF-8',
  ])
  assert.deepEqual(messages(Buffer.from([0x61, 0xc3])), [
    'the file is not UTF-8 text: byte 2 is invalid; save it as UTF-8',
  ])
  assert.deepEqual(messages(Buffer.from(`\uFEFF${volume('data')}`, 'utf16le')), [
    'the file is written in UTF-16; save it as UTF-8',
  ])
})

test('a file of more than 4 MiB is refused unread', () => {
  assert.deepEqual(messages('#'.repeat(4 * 1024 * 1024 + 1)), [
    'the file is larger than 4 MiB (4194305 bytes); split it',
  ])
})

test('an empty file declares nothing and is no mistake', () => {
  for (const text of ['', '\n', '# nothing\n', '---\n', '---\n...\n']) {
    assert.deepEqual(read(text), { containers: [], volumes: [], networks: [], problems: [], badFiles: [] })
  }
})

test('a bad file contributes nothing, and spares the others', () => {
  const texts = [
    { file: 'a.yaml', path: '/m/a.yaml', text: volume('one') },
    { file: 'b.yaml', path: '/m/b.yaml', text: `${volume('two')}---\n${volume('x')}` },
    { file: 'c.yaml', path: '/m/c.yaml', text: volume('three') },
  ]
  const all = readManifests(texts, '/m', context)
  assert.deepEqual(
    all.volumes.map(({ name }) => name),
    ['one', 'three'],
  )
  assert.deepEqual(all.badFiles, ['/m/b.yaml'])
})

test('a file tells at most twenty problems, and how many more there are', () => {
  const fields = Array.from({ length: 50 }, (_, index) => `field${index}: 1\n`).join('')
  const told = messages(`${volume('data')}${fields}`)
  assert.equal(told.length, 20)
  assert.equal(told.at(-1), '31 more problems in this file')
})

test('a file made to exhaust the reader is refused in time', { timeout: 10_000 }, () => {
  const hostile = [
    '['.repeat(50_000),
    '{a: '.repeat(50_000),
    '- '.repeat(50_000),
    '? '.repeat(50_000),
    '%A\n'.repeat(50_000),
    '---\n'.repeat(50_000),
    'a: ["'.repeat(50_000),
    '&a '.repeat(50_000),
  ]
  for (const text of hostile) assert.ok(messages(text).length > 0)
})

test('a text that is as before is not read again, unless it names other files', () => {
  const memory: ReadMemory = new Map()
  const envFile = (name: string) =>
    `apiVersion: reconcile/v1\nkind: Container\nmetadata: { name: ${name} }\nspec: { rootfs: host, command: [a], envFiles: [/e] }\n`
  const readAll = (first: string, value: string) =>
    readManifests(
      [
        { file: 'a.yaml', path: '/m/a.yaml', text: Buffer.from(first) },
        { file: 'b.yaml', path: '/m/b.yaml', text: Buffer.from(volume('two')) },
        { file: 'c.yaml', path: '/m/c.yaml', text: Buffer.from(envFile('three')) },
      ],
      '/m',
      { readFile: () => ({ ok: true, value: Buffer.from(`A=${value}\n`) }), memory },
    )
  const before = readAll(volume('one'), 'x')
  const after = readAll(volume('other'), 'y')
  assert.deepEqual(
    after.volumes.map(({ name }) => name),
    ['other', 'two'],
  )
  assert.equal(after.volumes[1], before.volumes[1])
  assert.deepEqual(
    [before, after].map(({ containers }) => containers[0]?.spec.env['A']),
    ['x', 'y'],
  )
  assert.deepEqual([...memory.keys()], ['/m/a.yaml', '/m/b.yaml'])
})
