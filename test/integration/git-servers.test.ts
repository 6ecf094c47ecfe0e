/** Servers that are down, slow, cut off, or want credentials: the last good commit stays, and the reason is clear. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { gitSourceDirectory } from '../../src/dataroot/sources/git-sources.ts'
import { makeRepository } from '../support/git-repository.ts'
import { serveGit } from '../support/git-server.ts'
import { makeSourceLab, told, troubleOf, type OpenOptions } from '../support/git-source-lab.ts'
import { readText } from '../support/lab.ts'

/** Processes of this host that have a text in their arguments. */
const processesWith = (text: string): string[] =>
  readdirSync('/proc').filter(name => /^\d+$/.test(name) && readText(`/proc/${name}/cmdline`).includes(text))

/** Text that no compression makes short. */
const noise = (bytes: number): string => randomBytes(bytes).toString('base64')

async function served(t: Parameters<typeof makeSourceLab>[0]) {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/srv/shop.git`)
  repository.commit({ 'x.yaml': 'good' })
  const server = await serveGit(t, `${lab.folder}/srv`)
  const url = `${server.url}/shop.git`
  const open = (options: OpenOptions = {}) => lab.open(url, options)
  const first = open()
  first.revisions?.accept(await first.read())
  return { lab, repository, server, url, open }
}

test('a server that is down leaves the last good commit, also to another process', async t => {
  const { server, open } = await served(t)
  await server.close()
  assert.match((await troubleOf(open())) ?? '', /its host can't be reached/)
  assert.deepEqual(await told(open()), ['x.yaml: good'])
})

test('a server that never answers is given up in time, and no process is left', async t => {
  const { server, url, open } = await served(t)
  server.behaviour.isMute = true
  const begun = performance.now()
  const trouble = await troubleOf(open({ limits: { askMs: 400 } }))
  assert.ok(performance.now() - begun < 3000)
  assert.match(trouble ?? '', /could not learn its newest commit within 0\.4 s/)
  assert.deepEqual(processesWith(url), [])
})

test('a reader with patience goes on with the last good commit, and takes the new one when it comes', async t => {
  const { repository, server, open } = await served(t)
  repository.commit({ 'x.yaml': 'new' })
  server.behaviour.isMute = true
  const ended = new AbortController()
  t.after(() => ended.abort())
  const source = open({ patienceMs: 300, limits: { askMs: 1500 }, signal: ended.signal })
  const begun = performance.now()
  assert.deepEqual(await told(source), ['x.yaml: good'])
  assert.ok(performance.now() - begun < 1400)
  assert.match(source.revisions?.state(null).trouble ?? '', /no answer within 0\.3 s/)
  const { promise, resolve } = Promise.withResolvers<void>()
  server.behaviour.isMute = false
  source.watch(async () => ((await told(source))[0] === 'x.yaml: new' ? resolve() : undefined), ended.signal)
  await promise
})

test('a pack that is cut off, or stops coming, changes nothing', async t => {
  const { lab, repository, server, url, open } = await served(t)
  repository.commit({ 'x.yaml': 'new', 'y.yaml': noise(300_000) })
  server.behaviour.cutAfterBytes = 20_000
  assert.match((await troubleOf(open())) ?? '', /connection broke off/)
  assert.deepEqual(await told(open()), ['x.yaml: good'])
  server.behaviour.cutAfterBytes = undefined
  server.behaviour.stallAfterBytes = 20_000
  assert.match((await troubleOf(open({ limits: { fetchMs: 1000 } }))) ?? '', /could not bring .* within 1 s/)
  assert.match((await troubleOf(open({ limits: { stallSeconds: 1 } }))) ?? '', /too slow|broke off/)
  assert.deepEqual(processesWith(url), [])
  server.behaviour.stallAfterBytes = undefined
  assert.equal((await told(open())).length, 2)
  assert.equal(readdirSync(gitSourceDirectory(lab.paths, url)).length, 2, 'the record and one directory')
})

test('more than may come at once is refused by the kernel while it comes', async t => {
  const { repository, open } = await served(t)
  repository.commit({ 'x.yaml': 'new', 'large.bin': noise(2_000_000) })
  assert.equal(await troubleOf(open({ limits: { packBytes: 1024 * 1024 } })), 'more than 1 MiB would come at once')
  assert.deepEqual(await told(open({ limits: { packBytes: 1024 * 1024 } })), ['x.yaml: good'])
  assert.deepEqual(await told(open()), ['x.yaml: new'])
})

test('a server that wants credentials gets those that git has; else nobody is asked, and it is said', async t => {
  const { lab, server, url } = await served(t)
  server.behaviour.credentials = { username: 'me', password: 's3cret:word' }
  const fresh = makeSourceLab(t)
  const without = await troubleOf(fresh.open(url))
  assert.match(without ?? '', /asks for credentials, and git has none .* credential helper/)
  const wrong = await troubleOf(fresh.open(url.replace('//', '//me:wr0ng@')))
  assert.match(wrong ?? '', /refuses the credentials/)
  assert.doesNotMatch(wrong ?? '', /wr0ng/)
  assert.deepEqual(await told(fresh.open(url.replace('//', '//me:s3cret%3Aword@'))), ['x.yaml: good'])
  const helper = `!f() { echo username=me; echo password=s3cret:word; }; f`
  const environment = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'credential.helper', GIT_CONFIG_VALUE_0: helper }
  assert.deepEqual(await told(makeSourceLab(t).open(url, { environment })), ['x.yaml: good'])
  const kept = readdirSync(fresh.paths.git, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  assert.ok(kept.length > 3)
  for (const { parentPath, name } of kept)
    assert.doesNotMatch(readFileSync(`${parentPath}/${name}`, 'latin1'), /s3cret/, name)
  assert.deepEqual(await told(lab.open(url.replace('//', '//me:s3cret%3Aword@'))), ['x.yaml: good'])
})

test('credentials go to their own host alone, and a redirection from http is not followed', async t => {
  const { server, url } = await served(t)
  const lab = makeSourceLab(t)
  const other = await serveGit(t, '/nonexistent')
  server.behaviour.redirectTo = other.url
  assert.notEqual(await troubleOf(lab.open(url.replace('//', '//me:secret@'))), null)
  assert.deepEqual(other.requests, [])
})

test('ssh is run as its user set it up, without questions', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  repository.commit({ 'x.yaml': 'over ssh' })
  const log = `${lab.folder}/ssh.log`
  const program = `${lab.folder}/my ssh`
  // what a server would do: runs the last argument in a shell
  writeFileSync(program, `#!/bin/sh\necho "$@" >> '${log}'\nfor last; do :; done\nexec sh -c "$last"\n`)
  chmodSync(program, 0o755)
  const url = `git@git.example:${repository.path}`
  assert.deepEqual(await told(lab.open(url, { environment: { GIT_SSH: program, GIT_SSH_VARIANT: 'ssh' } })), [
    'x.yaml: over ssh',
  ])
  const said = readText(log)
  assert.match(said, /-o BatchMode=yes .*git@git\.example git-upload-pack/)
  const config = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.sshCommand',
    GIT_CONFIG_VALUE_0: `'${program}' -i own-key`,
  }
  const fromConfig = makeSourceLab(t).open(url, { environment: { ...config, GIT_SSH_VARIANT: 'ssh' } })
  assert.deepEqual(await told(fromConfig), ['x.yaml: over ssh'])
  assert.match(readText(log).slice(said.length), /^-i own-key -o BatchMode=yes/m)
  const unreachable = await troubleOf(makeSourceLab(t).open('ssh://nobody@127.0.0.1:1/shop.git'))
  assert.match(unreachable ?? '', /nobody listens there/)
})

test('a host without git is told so', async t => {
  const lab = makeSourceLab(t)
  const sh = `${lab.folder}/bin`
  mkdirSync(sh)
  symlinkSync('/bin/sh', `${sh}/sh`)
  const trouble = await troubleOf(lab.open('https://git.example/shop.git', { environment: { PATH: sh } }))
  assert.equal(trouble, 'git is not installed on this host')
})
