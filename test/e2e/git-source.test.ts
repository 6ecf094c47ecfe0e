/** GitOps for one host: each commit holds as a whole or not at all, and whatever goes wrong, the last good one stays. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { makeRepository } from '../support/git-repository.ts'
import { serveGit } from '../support/git-server.ts'
import { type Lab, makeLab } from '../support/lab.ts'

const manifest = (name: string, more = '') => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sleep, "1000"], stop: { grace: 200ms }${more} }
`
const bad = manifest('web', ', limits: { memroy: 48Mi }')
const badPlace = (commit: string) => `deploy/web.yaml@${commit.slice(0, 7)}:4:`

const names = Array.from({ length: 20 }, (_, n) => `app${n + 10}`)
const pids = async (lab: Lab) => {
  const { stdout } = await lab.expect(0, 'ps', '--output', 'json')
  return new Map((JSON.parse(stdout) as { name: string; pid: number }[]).map(({ name, pid }) => [name, pid]))
}

test('20 manifests are added, edited and renamed by commits: nothing restarts, nothing is pruned', async t => {
  const lab = makeLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  const git = ['--git', repository.path, '--path', 'deploy']
  const first = repository.commit(Object.fromEntries(names.map(name => [`deploy/${name}.yaml`, manifest(name)])))
  const { stdout } = await lab.expect(0, '--once', ...git)
  assert.match(stdout, /20 of 20 containers ready/)
  const before = await pids(lab)
  assert.equal(before.size, 20)
  const files = (prefix: string) =>
    Object.fromEntries(
      names.map((name, n) => [`deploy/${prefix}${name}.yaml`, manifest(name, `, limits: { pids: ${20 + n} }`)]),
    )
  const second = repository.commit(files(''))
  const plan = await lab.expect(2, 'plan', ...git)
  assert.match(plan.stdout, /0 to create, 20 to change in place, 0 to restart, 0 to recreate, 0 to remove/)
  await lab.expect(0, '--once', ...git)
  assert.deepEqual(await pids(lab), before)
  const third = repository.commit(files('renamed-'))
  const renamed = await lab.expect(0, '--once', ...git)
  assert.doesNotMatch(renamed.stdout, /removed|stopped|restarted|created/)
  assert.match(renamed.stdout, /nothing to do: 20 containers are as declared/)
  assert.deepEqual(await pids(lab), before)
  assert.match((await lab.expect(0, 'ps')).stdout, new RegExp(`renamed-app10\\.yaml@${third.slice(0, 7)}:3`))
  const why = (await lab.expect(0, 'why', 'app10')).stdout
  assert.match(why, /app10 is running as declared\./)
  assert.match(why, new RegExp(`deploy/renamed-app10\\.yaml, commit ${third.slice(0, 7)}`))
  assert.match(why, new RegExp(`not on this host +app10\\.yaml@${first.slice(0, 7)}:3:`))
  assert.match(why, new RegExp(`manifest changed +app10\\.yaml@${second.slice(0, 7)}:4:`))
  repository.commit({ 'deploy/renamed-app10.yaml': manifest('app10', ', limits: { pids: 20 }') })
  const pruned = await lab.expect(0, '--once', ...git)
  assert.equal(pruned.stdout.match(/and removed/g)?.length, 19)
  assert.equal((await pids(lab)).get('app10'), before.get('app10'))
})

test('a commit with an error: exit 5, file:line:column at that commit, and the last good one is kept up', async t => {
  const lab = makeLab(t)
  const repository = makeRepository(`${lab.folder}/srv/shop.git`)
  const server = await serveGit(t, `${lab.folder}/srv`)
  const git = ['--git', `${server.url}/shop.git`, '--path', 'deploy']
  const good = repository.commit({ 'deploy/web.yaml': manifest('web'), 'deploy/db.yaml': manifest('db') })
  await lab.expect(0, '--once', ...git)
  const before = await pids(lab)
  const commit = repository.commit({ 'deploy/web.yaml': bad, 'deploy/new.yaml': manifest('new') })
  const ran = await lab.expect(5, '--once', ...git)
  assert.ok(ran.stderr.includes(badPlace(commit)), ran.stderr)
  assert.match(ran.stderr, /unknown field "memroy" in spec\.limits; did you mean "memory"\?/)
  assert.match(ran.stderr, new RegExp(`commit ${commit.slice(0, 7)} has errors.* last good commit ${good.slice(0, 7)}`))
  assert.deepEqual(await pids(lab), before, 'nothing of the commit is applied: no removal of db, no new container')
  process.kill(before.get('db') ?? 0, 'SIGKILL')
  await lab.expect(5, '--once', ...git)
  assert.equal((await pids(lab)).size, 2, 'what the last good commit declares is kept up')
  const annotated = await lab.expect(5, '--output', 'github', 'validate', ...git)
  assert.match(
    annotated.stdout,
    /^::error file=deploy\/web\.yaml,line=4,col=\d+,endColumn=\d+::unknown field "memroy"/m,
  )
  assert.match(
    (await lab.expect(5, '--output', 'github', '--once', ...git)).stdout,
    /^::error file=deploy\/web\.yaml,line=4/m,
  )
  assert.match(
    (await lab.expect(5, '--output', 'github', 'plan', ...git)).stdout,
    /^::error file=deploy\/web\.yaml,line=4/m,
  )
  await server.close()
  const down = await lab.expect(5, '--once', ...git)
  assert.match(down.stderr, /can't be reached .*; the last good commit/)
  assert.match((await lab.expect(0, 'ps')).stdout, new RegExp(`web\\.yaml@${good.slice(0, 7)}:3`))
})

test('a watcher follows commits, tells a bad one and a forced push, and outlives its server', async t => {
  const lab = makeLab(t)
  const repository = makeRepository(`${lab.folder}/srv/shop.git`)
  const server = await serveGit(t, `${lab.folder}/srv`)
  const git = ['--git', `${server.url}/shop.git`, '--path', 'deploy']
  const first = repository.commit({ 'deploy/web.yaml': manifest('web') })
  const watcher = lab.watch('watch', ...git, '--interval', '200ms')
  await watcher.until(/watching http.*shop\.git\/\/deploy \(1 file\), 1 container/)
  repository.commit({ 'deploy/web.yaml': manifest('web', ', limits: { memory: 48Mi }') })
  await watcher.until(/memory unlimited -> 48Mi/)
  const pid = await lab.pid('web')
  const wrong = repository.commit({ 'deploy/web.yaml': bad })
  await watcher.until(new RegExp(badPlace(wrong)))
  assert.equal(await lab.pid('web'), pid)
  repository.commit({ 'deploy/web.yaml': manifest('web', ', limits: { memory: 64Mi }') }, { parent: first })
  await watcher.until(/main was force-pushed: \w{7} is not in the history of \w{7}/)
  await watcher.until(/memory 48Mi -> 64Mi/)
  const port = Number(new URL(server.url).port)
  await server.close()
  await watcher.until(/can't be reached .*; the last good commit \w{7} stays/)
  const second = await lab.expect(4, 'watch', ...git)
  assert.match(second.stderr, /watched already/)
  await serveGit(t, `${lab.folder}/srv`, port)
  await watcher.until(/can be read again/)
  repository.commit({
    'deploy/web.yaml': manifest('web', ', limits: { memory: 80Mi }'),
    'deploy/b.yaml': manifest('bb'),
  })
  await watcher.until(/memory 64Mi -> 80Mi/)
  await watcher.until(/container bb +started/)
  assert.equal(await lab.pid('web'), pid)
  await watcher.kill('SIGTERM')
})

test('with its server down, a watcher begins with the last good commit; a first run has none and says so', async t => {
  const lab = makeLab(t)
  const repository = makeRepository(`${lab.folder}/srv/shop.git`)
  const server = await serveGit(t, `${lab.folder}/srv`)
  const git = ['--git', `${server.url}/shop.git`]
  const port = Number(new URL(server.url).port)
  await server.close()
  const nothing = await lab.expect(1, '--once', ...git)
  assert.match(nothing.stderr, /can't be reached .*nothing is known of it here yet/)
  assert.equal(existsSync(lab.root), false, 'no data-root is made')
  await lab.expect(1, 'watch', ...git)
  await lab.expect(1, 'plan', ...git)
  const again = await serveGit(t, `${lab.folder}/srv`, port)
  const commit = repository.commit({ 'web.yaml': manifest('web') })
  await lab.expect(0, '--once', ...git)
  await again.close()
  process.kill(await lab.pid('web'), 'SIGKILL')
  const down = await lab.expect(1, '--once', ...git)
  assert.match(down.stderr, new RegExp(`can't be reached .*; the last good commit ${commit.slice(0, 7)} stays`))
  assert.match(down.stdout, /1 of 1 container ready/)
  const watcher = lab.watch('watch', ...git, '--interval', '200ms')
  await watcher.until(/watching/)
  process.kill(await lab.pid('web'), 'SIGKILL')
  await watcher.until(/container web +restarted/)
  await watcher.kill('SIGTERM')
  assert.match((await lab.expect(0, 'why', 'web')).stdout, /web is running as declared/)
  await lab.expect(0, 'down', ...git)
  assert.deepEqual(readdirSync(`${lab.root}/reconcile/git`), [])
})

test('a repository that is empty, or whose directory is gone, removes nothing unless asked to', async t => {
  const lab = makeLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  const git = ['--git', repository.path, '--path', 'deploy']
  repository.commit({ 'deploy/web.yaml': manifest('web'), README: 'x' })
  await lab.expect(0, '--once', ...git)
  const pid = await lab.pid('web')
  repository.commit({ README: 'x' })
  assert.match((await lab.expect(5, '--once', ...git)).stderr, /no such directory in this commit/)
  assert.equal(await lab.pid('web'), pid)
  repository.commit({ 'deploy/README': 'x' })
  assert.match((await lab.expect(4, '--once', ...git)).stdout, /is empty; 1 object of it left alone/)
  assert.equal(await lab.pid('web'), pid)
  repository.commit({ README: 'x' })
  await lab.expect(0, '--allow-empty', '--once', ...git)
  assert.deepEqual(await pids(lab), new Map())
})

test('two directories of one repository do not touch each other, and a name belongs to one of them', async t => {
  const lab = makeLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  const at = (path: string) => ['--git', repository.path, '--path', path]
  repository.commit({ 'a/web.yaml': manifest('web'), 'b/db.yaml': manifest('db') })
  await lab.expect(0, '--once', ...at('a'))
  await lab.expect(0, '--once', ...at('b'))
  assert.equal((await pids(lab)).size, 2)
  repository.commit({ 'a/web.yaml': manifest('web'), 'b/db.yaml': manifest('db'), 'b/web.yaml': manifest('web') })
  const refused = await lab.expect(4, '--once', ...at('b'))
  assert.match(refused.stdout, /reconcile down --git file:\/\/\S+shop\.git --path a`/)
  await lab.expect(0, 'down', ...at('a'))
  await lab.expect(0, '--once', ...at('b'))
})

test('files beside a manifest come from its commit; a bind without a place on this host is refused', async t => {
  const lab = makeLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  const git = ['--git', repository.path, '--path', 'deploy']
  const withEnv = manifest('web', ', envFiles: [../env/web.env]')
  repository.commit({ 'deploy/web.yaml': withEnv, 'env/web.env': 'COLOR=blue\n' })
  await lab.expect(0, '--once', ...git)
  const pid = await lab.pid('web')
  assert.match(readFileSync(`/proc/${pid}/environ`, 'latin1'), /COLOR=blue/)
  repository.commit({ 'deploy/web.yaml': manifest('web', ', envFiles: [../../out.env], mounts: ["./x:/x"]') })
  const { stderr } = await lab.expect(5, '--once', ...git)
  assert.match(stderr, /leads out of the repository/)
  assert.match(stderr, /the source "\.\/x" is relative, but a manifest from a repository is in no directory/)
  assert.equal(await lab.pid('web'), pid)
})

test('a password in the URL is in no output, log or record', async t => {
  const lab = makeLab(t)
  const repository = makeRepository(`${lab.folder}/srv/shop.git`)
  const server = await serveGit(t, `${lab.folder}/srv`)
  server.behaviour.credentials = { username: 'me', password: 'hunter2' }
  repository.commit({ 'web.yaml': manifest('web') })
  const git = ['--git', `${server.url.replace('//', '//me:hunter2@')}/shop.git`]
  const plain = `${server.url}/shop.git`
  const outputs = [
    await lab.expect(1, 'plan', '--git', plain),
    await lab.expect(1, 'plan', '--git', plain.replace('//', '//me:hunter3@')),
    await lab.expect(2, 'plan', ...git),
    await lab.expect(0, '--once', ...git, '--output', 'json'),
    await lab.expect(64, 'plan', '--git', 'ftp://me:hunter2@git.example/shop.git'),
    await lab.expect(64, 'plan', '--git', 'https://me:hun/ter2@git.example/shop.git'),
    await lab.expect(0, 'ps', '--output', 'json'),
    await lab.expect(0, 'inspect', 'web'),
    await lab.expect(0, 'why', 'web'),
  ]
  assert.match(outputs[0]?.stderr ?? '', /asks for credentials, and git has none for it \(nobody is asked/)
  assert.match(outputs[1]?.stderr ?? '', /refuses the credentials/)
  for (const { stdout, stderr } of outputs) assert.doesNotMatch(stdout + stderr, /hunter|hun\/ter/)
  const files = [lab.root, lab.run].flatMap(folder =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()),
  )
  assert.ok(files.length > 10)
  for (const { parentPath, name } of files)
    assert.doesNotMatch(readFileSync(`${parentPath}/${name}`, 'latin1'), /hunter/, `${parentPath}/${name}`)
  await lab.expect(0, 'down', ...git)
})

test('plan of a repository leaves nothing behind, and needs no data-root', async t => {
  const lab = makeLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  repository.commit({ 'web.yaml': manifest('web') })
  mkdirSync(`${lab.folder}/tmp`)
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = `${lab.folder}/tmp`
  t.after(() => (before === undefined ? delete process.env['TMPDIR'] : (process.env['TMPDIR'] = before)))
  const { stdout } = await lab.expect(2, 'plan', '--git', repository.path)
  assert.match(stdout, /container web +create and start +not on this host +web\.yaml@\w{7}:3:/)
  await lab.expect(0, 'validate', '--git', repository.path)
  await lab.expect(0, 'drift', '--git', repository.path)
  assert.deepEqual(readdirSync(`${lab.folder}/tmp`), [])
  assert.equal(existsSync(lab.root), false)
})

test('options of a repository that make no sense are usage errors', async t => {
  const lab = makeLab(t)
  await lab.expect(64, 'plan', '--ref', 'main')
  await lab.expect(64, 'ps', '--git', '/srv/shop.git')
  await lab.expect(64, '--once', '--git', '/srv/shop.git', '--interval', '5s')
  await lab.expect(64, 'plan', '--git', 'ext::sh -c false')
  await lab.expect(64, 'plan', '--git', 'http://git.example/shop.git')
  await lab.expect(64, 'plan', '--git', '/srv/shop.git', '--ref', '--upload-pack=false')
  await lab.expect(64, 'plan', '--git', '/srv/shop.git', '--path', '../x')
  await lab.expect(64, '--output', 'github', 'ps')
})
