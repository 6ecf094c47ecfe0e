/** A Git repository as source: what is read of it, how often it is asked, and what of it is kept. */
import assert from 'node:assert/strict'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gitSourceDirectory } from '../../src/dataroot/sources/git-sources.ts'
import type { Source } from '../../src/source/source.ts'
import { commitTree, makeRepository } from '../support/git-repository.ts'
import { serveGit } from '../support/git-server.ts'
import { makeSourceLab, told, troubleOf } from '../support/git-source-lab.ts'
import { eventually } from '../support/lab.ts'

/** Reads, and says that the commit is without errors. */
async function accepted(source: Source): Promise<string[]> {
  const reading = await source.read()
  assert.equal(source.revisions?.accept(reading).ok, true)
  return told(source)
}

const refOf = (source: Source) => source.revisions?.state(null).seen?.ref

test('a directory of a repository is read from its objects, and nothing else of it', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  const commit = repository.commit({
    'deploy/b.yml': 'b',
    'deploy/a.yaml': 'a',
    'deploy/.hidden.yaml': 'no',
    'deploy/a.yaml~': 'no',
    'deploy/below/c.yaml': 'no',
    'deploy/web.env': 'A=1',
    'other/d.yaml': 'no',
  })
  const source = lab.open(repository.path, { path: 'deploy' })
  const { texts, source: read, revision, beside } = await source.read()
  assert.deepEqual(read, {
    name: `file://${repository.path}//deploy`,
    scope: 'all',
    allowEmpty: false,
    read: 'ok',
    badFiles: [],
  })
  assert.deepEqual(
    texts.map(({ file, path }) => [file, path]),
    ['a.yaml', 'b.yml'].map(name => [
      `deploy/${name}@${commit.slice(0, 7)}`,
      `file://${repository.path}//deploy/${name}`,
    ]),
  )
  assert.deepEqual([revision?.commit, revision?.ref], [commit, 'main'])
  const env = `file://${repository.path}//deploy/web.env`
  const absent = `file://${repository.path}//nothing.env`
  await beside?.load([env, absent])
  assert.deepEqual(beside?.read(env), { ok: true, value: Buffer.from('A=1') })
  assert.deepEqual(beside?.read(absent), { ok: false, error: 'no such file in this commit' })
})

test('two directories of one repository are two sources; its top is one too', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  repository.commit({ 'a/x.yaml': 'in a', 'b/x.yaml': 'in b', 'x.yaml': 'top' })
  assert.deepEqual(await told(lab.open(repository.path, { path: 'a' })), ['a/x.yaml: in a'])
  assert.deepEqual(await told(lab.open(repository.path, { path: 'b' })), ['b/x.yaml: in b'])
  assert.deepEqual(await told(lab.open(repository.path)), ['x.yaml: top'])
  assert.equal(readdirSync(lab.paths.git).length, 3)
})

test('branches, tags of both kinds, full names and whole commit ids are followed; others are named as missing', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  const first = repository.commit({ 'x.yaml': 'one' })
  repository.git('', 'tag', 'light')
  repository.git('', 'tag', '-a', '-m', 'x', 'heavy')
  repository.commit({ 'x.yaml': 'two' })
  repository.commit({ 'x.yaml': 'three' }, { branch: 'release/1' })
  const read = async (ref: string) => told(lab.open(repository.path, { ref }))
  assert.deepEqual(await read('light'), ['x.yaml: one'])
  assert.deepEqual(await read('heavy'), ['x.yaml: one'])
  assert.deepEqual(await read(first), ['x.yaml: one'])
  assert.deepEqual(await read('main'), ['x.yaml: two'])
  assert.deepEqual(await read('release/1'), ['x.yaml: three'])
  assert.deepEqual(await read('refs/heads/release/1'), ['x.yaml: three'])
  const other = makeSourceLab(t)
  assert.equal(await troubleOf(other.open(repository.path, { ref: 'release' })), 'it has no branch or tag release')
  const empty = makeRepository(`${lab.folder}/empty.git`)
  assert.equal(await troubleOf(other.open(empty.path)), 'it is empty: it has no commit yet')
  const missing = await troubleOf(other.open(repository.path, { ref: 'f'.repeat(40) }))
  assert.match(missing ?? '', /does not have what is asked for/)
})

test('a repository of sha256 objects is read too', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/new.git`, '--object-format=sha256')
  const commit = repository.commit({ 'x.yaml': 'new' })
  assert.equal(commit.length, 64)
  assert.deepEqual(await told(lab.open(repository.path)), ['x.yaml: new'])
})

test('over http the server is asked each time, and only what is new is fetched', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/srv/shop.git`)
  repository.commit({ 'x.yaml': 'one' })
  const server = await serveGit(t, `${lab.folder}/srv`)
  const url = `${server.url}/shop.git`
  assert.deepEqual(await accepted(lab.open(url)), ['x.yaml: one'])
  const packs = () => server.requests.filter(({ what }) => what.startsWith('POST')).length
  const first = packs()
  assert.deepEqual(await accepted(lab.open(url)), ['x.yaml: one'])
  assert.equal(packs() - first, 1, 'the names are asked for, no pack')
  repository.commit({ 'x.yaml': 'two', 'y.yaml': 'new' })
  assert.deepEqual(await accepted(lab.open(url)), ['x.yaml: two', 'y.yaml: new'])
})

test('of many commits one directory of few packs is left, with the last good commit in it', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  repository.commit({ 'x.yaml': 'good' })
  const limits = { packs: 3, depth: 4 }
  await accepted(lab.open(repository.path, { limits }))
  for (let n = 0; n < 10; n++) {
    repository.commit({ 'x.yaml': `bad ${n}` })
    assert.deepEqual(await told(lab.open(repository.path, { limits })), [`x.yaml: bad ${n}`])
  }
  const directory = gitSourceDirectory(lab.paths, `file://${repository.path}`)
  const entries = readdirSync(directory).filter(name => name !== 'record.json')
  assert.equal(entries.length, 1)
  const packs = readdirSync(join(directory, entries[0] ?? '', 'objects/pack')).filter(name => name.endsWith('.pack'))
  assert.ok(packs.length <= 4, `${packs.length} packs`)
  const source = lab.open(repository.path, { limits })
  await source.read()
  const good = await source.revisions?.lastGood()
  assert.deepEqual(
    good?.texts.map(({ text }) => Buffer.from(text).toString()),
    ['good'],
  )
})

test('what is kept of a repository may be damaged or gone: it is made again', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  repository.commit({ 'x.yaml': 'one' })
  await accepted(lab.open(repository.path))
  const directory = gitSourceDirectory(lab.paths, `file://${repository.path}`)
  const objects = () => readdirSync(directory).filter(name => !name.startsWith('record.json'))
  rmSync(join(directory, objects()[0] ?? '', 'objects'), { recursive: true })
  assert.deepEqual(await accepted(lab.open(repository.path)), ['x.yaml: one'])
  rmSync(join(directory, objects()[0] ?? ''), { recursive: true })
  repository.commit({ 'x.yaml': 'two' })
  assert.deepEqual(await accepted(lab.open(repository.path)), ['x.yaml: two'])
  writeFileSync(join(directory, 'record.json'), '{"version":1,')
  assert.deepEqual(await accepted(lab.open(repository.path)), ['x.yaml: two'])
  assert.ok(readdirSync(directory).some(name => name.startsWith('record.json.unreadable-')))
  rmSync(directory, { recursive: true })
  assert.deepEqual(await accepted(lab.open(repository.path)), ['x.yaml: two'])
})

test('several readers of one source at once disturb nobody', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  for (const text of ['one', 'two', 'three']) {
    repository.commit({ 'x.yaml': text })
    const all = await Promise.all([1, 2, 3, 4].map(async () => accepted(lab.open(repository.path, { beside: true }))))
    assert.deepEqual(
      all,
      [1, 2, 3, 4].map(() => [`x.yaml: ${text}`]),
    )
  }
})

test('a forced push is told from a commit that follows', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  const first = repository.commit({ 'x.yaml': 'one' })
  const second = repository.commit({ 'x.yaml': 'two' })
  const forced = async (options = {}) => {
    const source = lab.open(repository.path, options)
    await accepted(source)
    return source.revisions?.state(null).forced ?? null
  }
  assert.equal(await forced(), null)
  for (let n = 0; n < 3; n++) repository.commit({ 'x.yaml': `${n}` })
  assert.equal(await forced(), null)
  const before = repository.git('', 'rev-parse', 'main')
  repository.commit({ 'x.yaml': 'other' }, { parent: second })
  assert.deepEqual(await forced(), { from: before, isCertain: true })
  assert.equal(await forced(), null)
  const rewound = repository.git('', 'rev-parse', 'main')
  commitTree(repository, repository.git('', 'rev-parse', `${first}^{tree}`))
  assert.deepEqual(await forced(), { from: rewound, isCertain: false })
  assert.equal(refOf(lab.open(repository.path)) ?? null, null)
})

test('a watch tells a new commit, a server that is gone, and one that is back', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/srv/shop.git`)
  repository.commit({ 'x.yaml': 'one' })
  const server = await serveGit(t, `${lab.folder}/srv`)
  const port = Number(new URL(server.url).port)
  const source = lab.open(`${server.url}/shop.git`, { intervalMs: 100 })
  await accepted(source)
  const ended = new AbortController()
  t.after(() => ended.abort())
  let hints = 0
  source.watch(() => (hints += 1), ended.signal)
  repository.commit({ 'x.yaml': 'two' })
  await eventually(
    () => hints === 1,
    10_000,
    () => 'no hint of the commit',
  )
  assert.deepEqual(await accepted(source), ['x.yaml: two'])
  await server.close()
  await eventually(
    () => hints === 2,
    10_000,
    () => 'no hint of the server that is gone',
  )
  assert.match((await troubleOf(source)) ?? '', /its host can't be reached/)
  assert.deepEqual(await told(source), ['x.yaml: two'])
  await serveGit(t, `${lab.folder}/srv`, port)
  await eventually(
    () => hints === 3,
    10_000,
    () => 'no hint of the server that is back',
  )
  assert.equal(await troubleOf(source), null)
})
