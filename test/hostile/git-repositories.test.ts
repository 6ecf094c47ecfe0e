/** Repositories made to break out or break down: nothing of them runs, and the reason of a refusal is clear. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { blob, commitTree, makeRepository, rawTree } from '../support/git-repository.ts'
import { serveGit } from '../support/git-server.ts'
import { makeSourceLab, told, troubleOf } from '../support/git-source-lab.ts'

test('links, submodules and directories that look like manifests are refused, each by name', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  const commit = repository.commit({ 'good.yaml': 'good', 'directory.yaml/x': 'x' })
  const target = blob(repository, '/etc/shadow')
  repository.commit(
    { 'good.yaml': 'good', 'directory.yaml/x': 'x', 'real/x.yaml': 'x' },
    {
      special: {
        'link.yaml': { mode: '120000', object: target },
        'module.yaml': { mode: '160000', object: commit },
        module: { mode: '160000', object: commit },
        deploy: { mode: '120000', object: blob(repository, 'real') },
        '.gitmodules': { mode: '100644', object: blob(repository, '[submodule "m"]\n\tpath = module\n\turl = /etc\n') },
      },
    },
  )
  assert.deepEqual(await told(lab.open(repository.path)), [
    'good.yaml: good',
    "directory.yaml ! the file can't be read: a directory, not a regular file",
    "link.yaml ! the file can't be read: a symbolic link; links in a repository are not followed",
    "module.yaml ! the file can't be read: a submodule; submodules are not fetched",
  ])
  assert.match((await told(lab.open(repository.path, { path: 'deploy' }))).join(), /deploy.* ! a symbolic link/)
  assert.match((await told(lab.open(repository.path, { path: 'deploy/x' }))).join(), /no such directory/)
  assert.match((await told(lab.open(repository.path, { path: 'module' }))).join(), /a submodule/)
  assert.match((await told(lab.open(repository.path, { path: 'good.yaml' }))).join(), /a file, not a directory/)
})

test('names in a tree are no paths: dots, slashes, line ends and dashes lead nowhere', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  const text = blob(repository, 'x')
  const tree = rawTree(repository, [
    ['100644', '--batch.yaml', text],
    ['100644', '../escape.yaml', text],
    ['100644', '..yaml', text],
    ['100644', 'a/../../../etc/b.yaml', text],
    ['100644', 'c\nd.yaml', text],
    ['100644', 'd\u001b[2J.yaml', text],
  ])
  commitTree(repository, tree)
  assert.deepEqual(await told(lab.open(repository.path)), [
    '--batch.yaml: x',
    'd\u001b[2J.yaml: x',
    'a/../../../etc/b.yaml ! the file can\'t be read: a name with "/" in it',
  ])
})

test('branches whose names are options, and a path that is one, stay names', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  const commit = repository.commit({ '--path.yaml': 'x', '-d/y.yaml': 'y' })
  repository.git('', 'update-ref', 'refs/heads/--upload-pack=false', commit)
  repository.git('', 'symbolic-ref', 'HEAD', 'refs/heads/--upload-pack=false')
  assert.deepEqual(await told(lab.open(repository.path, { path: '-d' })), ['-d/y.yaml: y'])
  assert.deepEqual(await told(lab.open(repository.path)), ['--path.yaml: x'])
})

test('blobs that are huge, or become huge, are refused by their size', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/srv/shop.git`)
  const zeros = blob(repository, Buffer.alloc(100 * 1024 * 1024))
  repository.commit({ 'good.yaml': 'x' }, { special: { 'huge.yaml': { mode: '100644', object: zeros } } })
  const server = await serveGit(t, `${lab.folder}/srv`)
  const limits = { memoryBytes: 64 * 1024 * 1024 }
  assert.deepEqual(await told(lab.open(`${server.url}/shop.git`, { limits })), [
    'good.yaml: x',
    "huge.yaml ! the file can't be read: larger than 4 MiB (104857600 bytes)",
  ])
})

test('10,000 manifests are read, one more is refused, and so is too much text', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`m${n}.yaml`, `text ${n}`]))
  repository.commit(many)
  assert.match((await told(lab.open(repository.path))).join(), /it has more than 10000 manifests/)
  const { 'm10000.yaml': _, ...most } = many
  repository.commit(most)
  const begun = performance.now()
  assert.equal((await told(lab.open(repository.path))).length, 10_000)
  assert.ok(performance.now() - begun < 20_000)
  assert.match(
    (await told(lab.open(repository.path, { limits: { contentBytes: 50_000 }, beside: true }))).join(),
    /more than/,
  )
})

test('no hook, template, filter or replaced object of anybody takes part', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  repository.commit({ 'x.yaml': 'true', '.gitattributes': '*.yaml filter=evil diff=evil export-subst' })
  const marker = `${lab.folder}/ran`
  const hooks = `${lab.folder}/hooks`
  for (const folder of [hooks, `${lab.folder}/template/hooks`]) {
    mkdirSync(folder, { recursive: true })
    for (const name of ['reference-transaction', 'post-checkout', 'post-merge', 'pre-auto-gc', 'fsmonitor'])
      writeFileSync(`${folder}/${name}`, `#!/bin/sh\ntouch '${marker}'\n`, { mode: 0o755 })
  }
  const config = {
    'core.hooksPath': hooks,
    'init.templateDir': `${lab.folder}/template`,
    'core.fsmonitor': `${hooks}/fsmonitor`,
    'filter.evil.smudge': `touch '${marker}'`,
    'filter.evil.process': `touch '${marker}'`,
    'diff.evil.textconv': `touch '${marker}'`,
    'core.alternateRefsCommand': `touch '${marker}'`,
    'fetch.recurseSubmodules': 'true',
  }
  const environment = Object.fromEntries([
    ['GIT_CONFIG_COUNT', `${Object.keys(config).length}`],
    ...Object.entries(config).flatMap(([key, value], n) => [
      [`GIT_CONFIG_KEY_${n}`, key],
      [`GIT_CONFIG_VALUE_${n}`, value],
    ]),
  ]) as Record<string, string>
  assert.deepEqual(await told(lab.open(repository.path, { environment })), ['x.yaml: true'])
  repository.git('', 'replace', repository.git('', 'rev-parse', 'main:x.yaml'), blob(repository, 'false'))
  repository.commit({ 'x.yaml': 'true', 'y.yaml': 'y' })
  assert.deepEqual(await told(lab.open(repository.path, { environment })), ['x.yaml: true', 'y.yaml: y'])
  assert.equal(existsSync(marker), false)
})

test("a server's own rules can't lead to a protocol that is refused", async t => {
  const lab = makeSourceLab(t)
  const marker = `${lab.folder}/ran`
  const environment = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.ext::touch ${marker} .insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://git.example/',
    GIT_ALLOW_PROTOCOL: 'ext:https',
  }
  const trouble = await troubleOf(lab.open('https://git.example/shop.git', { environment }))
  assert.match(trouble ?? '', /it leads to a protocol that is refused/)
  assert.equal(existsSync(marker), false)
})

test('a pointer of Git LFS is told as one', async t => {
  const lab = makeSourceLab(t)
  const repository = makeRepository(`${lab.folder}/shop.git`)
  repository.commit({ 'x.yaml': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1\n` })
  assert.match((await told(lab.open(repository.path))).join(), /x\.yaml ! .*a pointer of Git LFS/)
  assert.ok(readdirSync(lab.paths.git).length > 0)
})
