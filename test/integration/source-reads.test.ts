import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  linkSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openSource, openSources } from '../../src/source/open.ts'

const volume = 'apiVersion: reconcile/v1\nkind: Volume\nmetadata: { name: data }\n'

function directory(context: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'reconcile-source-')))
  context.after(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}
const readDirectory = (path: string) => openSource('directory', [path]).read()

test('a directory gives its manifests in order, and nothing else of it', async context => {
  const droppings = [
    'a.yaml~',
    '.a.yaml.swp',
    '4913',
    'a.yaml.bak',
    '#a.yaml#',
    '.#a.yaml',
    '.hidden.yaml',
    'README.md',
    'a.json',
  ]
  const path = directory(context, {
    'b.yml': volume,
    'a.yaml': volume,
    ...Object.fromEntries(droppings.map(name => [name, '{'])),
  })
  mkdirSync(join(path, 'below'))
  writeFileSync(join(path, 'below', 'c.yaml'), '{')
  const { source, texts, problems } = await readDirectory(path)
  assert.deepEqual(source, { name: path, scope: 'all', allowEmpty: false, read: 'ok', badFiles: [] })
  assert.deepEqual(
    texts.map(text => text.path),
    [join(path, 'a.yaml'), join(path, 'b.yml')],
  )
  assert.deepEqual(problems, [])
})

test('a directory without manifests, or with empty ones only, is empty', async context => {
  const path = directory(context, { 'README.md': '' })
  assert.equal((await readDirectory(path)).source.read, 'empty')
  writeFileSync(join(path, 'a.yaml'), '\uFEFF# nothing\n\n---\r\n  # still nothing\n...\n')
  assert.equal((await readDirectory(path)).source.read, 'empty')
  writeFileSync(join(path, 'b.yaml'), '---\nkind: Volume\n')
  assert.equal((await readDirectory(path)).source.read, 'ok')
})

test('a directory that is gone has vanished; one that is no directory is a problem', async context => {
  const path = directory(context, { 'file.d': '' })
  const gone = await readDirectory(join(path, 'gone'))
  assert.deepEqual([gone.source.read, gone.source.name, gone.problems], ['vanished', join(path, 'gone'), []])
  const file = await readDirectory(join(path, 'file.d'))
  assert.deepEqual([file.source.read, file.problems.length], ['vanished', 1])
})

test('what is not a regular file is a problem of its own and blocks nothing', { timeout: 60_000 }, async context => {
  const path = directory(context, { 'good.yaml': volume })
  mkdirSync(join(path, 'directory.yaml'))
  execFileSync('mkfifo', [join(path, 'fifo.yaml')])
  symlinkSync('/dev/zero', join(path, 'device.yaml'))
  symlinkSync('nowhere', join(path, 'dangling.yaml'))
  symlinkSync('circle.yaml', join(path, 'circle.yaml'))
  const server = createServer().listen(join(path, 'socket.yaml'))
  context.after(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const { source, texts, problems } = await readDirectory(path)
  assert.deepEqual(
    texts.map(({ file }) => file),
    [join(path, 'good.yaml')],
  )
  assert.deepEqual(
    problems.map(({ file, message }) => [file.slice(path.length + 1), message]),
    [
      ['circle.yaml', "the file can't be read: its symbolic links go round in a circle (ELOOP)"],
      ['dangling.yaml', "the file can't be read: no such file (ENOENT)"],
      ['device.yaml', "the file can't be read: a device, not a regular file"],
      ['directory.yaml', "the file can't be read: a directory, not a regular file"],
      ['fifo.yaml', "the file can't be read: a FIFO, not a regular file"],
      ['socket.yaml', "the file can't be read: a socket, not a regular file"],
    ],
  )
  assert.deepEqual(
    source.badFiles,
    problems.map(({ file }) => file),
  )
  assert.equal(source.read, 'ok')
})

test('a file over 4 MiB is refused without reading it', async context => {
  const path = directory(context, { 'large.yaml': '' })
  truncateSync(join(path, 'large.yaml'), 2 ** 40)
  const { problems } = await readDirectory(path)
  assert.deepEqual(
    problems.map(({ message }) => message),
    ["the file can't be read: larger than 4 MiB (1099511627776 bytes)"],
  )
})

test('of more than 10,000 files the last are refused, not left out', async context => {
  const path = directory(context, { '0.yaml': volume })
  for (let index = 1; index <= 10_000; index++) linkSync(join(path, '0.yaml'), join(path, `${index}.yaml`))
  const { texts, problems } = await readDirectory(path)
  assert.equal(texts.length, 10_000)
  assert.deepEqual(
    problems.map(({ file, message }) => [file, message]),
    [[join(path, '9999.yaml'), "the file can't be read: the directory has more than 10000 manifests"]],
  )
})

test('a link to a regular file is read, under its own name', async context => {
  const path = directory(context, { 'web.yaml.example': volume })
  symlinkSync('web.yaml.example', join(path, 'linked.yaml'))
  const { texts } = await readDirectory(path)
  assert.deepEqual(
    texts.map(text => [text.path, Buffer.from(text.text).toString()]),
    [[join(path, 'linked.yaml'), volume]],
  )
})

test('a file belongs to the source of its directory, but speaks for itself alone', async context => {
  const path = directory(context, { 'a.yaml': volume, 'b.yaml': volume })
  const reading = await openSource('files', [join(path, 'a.yaml')]).read()
  assert.deepEqual(reading.source, {
    name: path,
    scope: [join(path, 'a.yaml')],
    allowEmpty: false,
    read: 'ok',
    badFiles: [],
  })
  assert.equal(openSource('directory', [path]).name, path)
})

test('a linked directory has the name of the real one', async context => {
  const path = directory(context, { 'a.yaml': volume })
  symlinkSync(path, `${path}-link`)
  context.after(() => rmSync(`${path}-link`))
  assert.equal(openSource('directory', [`${path}-link`]).name, path)
  const [text] = (await openSource('files', [`${path}-link/a.yaml`]).read()).texts
  assert.deepEqual([text?.file, text?.path], [`${path}-link/a.yaml`, join(path, 'a.yaml')])
})

test('a missing file is a problem, and declares nothing with allowEmpty', async context => {
  const path = directory(context, { 'a.yaml': volume })
  const files = [join(path, 'a.yaml'), join(path, 'typo.yaml')]
  const reading = await openSource('files', files).read()
  assert.deepEqual([reading.source.read, reading.source.badFiles, reading.texts.length], ['ok', [files[1]], 1])
  const alone = await openSource('files', [join(path, 'typo.yaml')]).read()
  assert.deepEqual([alone.source.read, alone.problems.length], ['vanished', 1])
  const allowed = await openSource('files', files, { allowEmpty: true }).read()
  assert.deepEqual([allowed.source.badFiles, allowed.problems, allowed.texts.length], [[], [], 1])
})

test('arguments become one source for each directory', context => {
  const one = directory(context, { 'a.yaml': volume, 'b.yaml': volume })
  const two = directory(context, { 'c.yaml': volume })
  const described = (paths: string[], name?: string) =>
    openSources(paths, { name }).map(source => [source.kind, source.name, source.paths.length])
  assert.deepEqual(described([one, `${one}/`, two]), [
    ['directory', one, 1],
    ['directory', two, 1],
  ])
  assert.deepEqual(described([join(one, 'a.yaml'), join(one, 'b.yaml'), join(two, 'c.yaml')]), [
    ['files', one, 2],
    ['files', two, 1],
  ])
  assert.deepEqual(described([one, join(one, 'a.yaml')]), [['directory', one, 1]])
  assert.deepEqual(described([join(one, 'gone'), join(one, 'gone.yaml')], 'shop'), [
    ['directory', 'shop', 1],
    ['files', 'shop', 1],
  ])
})
