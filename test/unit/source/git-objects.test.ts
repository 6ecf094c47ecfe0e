import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { parseRepositoryFile, placeOfFile, repositoryFile, repositoryPlace } from '../../../src/model/repository.ts'
import { parseBatch } from '../../../src/source/git/blobs.ts'
import { localEnvironment, remoteEnvironment } from '../../../src/source/git/command.ts'
import { parseAddress } from '../../../src/source/git/address.ts'
import { pollDelayMs } from '../../../src/source/git/poll.ts'
import { entryFault, parseTree } from '../../../src/source/git/tree.ts'
import { troubleOf } from '../../../src/source/git/trouble.ts'

const object = '3f2c1d9a'.repeat(5)

test('entries of a tree are told apart by their mode, whatever their names are', () => {
  const listing = `100644 blob ${object}     120\ta.yaml\x00120000 blob ${object}      7\tb\nc.yaml\x00160000 commit ${object}       -\tsub\x00`
  const entries = parseTree(Buffer.from(listing))
  deepEqual(entries.ok && entries.value.map(({ name, bytes }) => [name, bytes]), [
    ['a.yaml', 120],
    ['b\nc.yaml', 7],
    ['sub', null],
  ])
  deepEqual(entries.ok && entries.value.map(entry => entryFault(entry)?.split(';')[0] ?? null), [
    null,
    'a symbolic link',
    'a submodule',
  ])
  equal(parseTree(Buffer.from('nonsense\x00')).ok, false)
})

test('contents of several blobs come apart again, also where they look like headers', () => {
  const other = object.replace('3', '4')
  const tricky = `x\n${other} blob 3\nabc\n`
  const batch = parseBatch(Buffer.from(`${object} blob ${tricky.length}\n${tricky}\n${other} blob 0\n\n`))
  deepEqual(batch.ok && [...batch.value].map(([id, bytes]) => [id, Buffer.from(bytes).toString()]), [
    [object, tricky],
    [other, ''],
  ])
  for (const damaged of [`${object} missing\n`, `${object} blob 9\nabc\n`, `${object} tree 3\nabc\n`, 'x'])
    equal(parseBatch(Buffer.from(damaged)).ok, false, damaged)
})

test('a file of a repository has a name of its own, with the commit or without', () => {
  const file = repositoryFile('https://git.example/shop.git', 'deploy/web.yaml')
  equal(file, 'https://git.example/shop.git//deploy/web.yaml')
  const inside = parseRepositoryFile(repositoryFile('file:///srv/shop', 'web@2.yaml', object))
  deepEqual(inside, { repository: 'file:///srv/shop', path: 'web@2.yaml', commit: object })
  equal(
    placeOfFile({ repository: 'git@host:shop', path: 'a/b/c.yaml', commit: null }),
    repositoryPlace('git@host:shop', 'a/b'),
  )
  equal(placeOfFile({ repository: 'git@host:shop', path: 'c.yaml', commit: null }), 'git@host:shop')
  equal(parseRepositoryFile('/srv/shop//web.yaml'), null)
})

test('hosts do not ask together, and after a failure sooner than usual', () => {
  deepEqual(
    [0, 0.5, 1].map(random => pollDelayMs(60_000, 0, () => random)),
    [54_000, 60_000, 66_000],
  )
  deepEqual(
    [1, 2, 3, 5, 99].map(failures => pollDelayMs(60_000, failures, () => 0.5)),
    [5000, 10_000, 20_000, 60_000, 60_000],
  )
  equal(
    pollDelayMs(1000, 1, () => 0.5),
    1000,
  )
})

test('git gets no terminal, no foreign repository and no other protocol; credentials only in its environment', () => {
  const environment = { HOME: '/root', GIT_DIR: '/etc', GIT_TRACE: '1', GIT_ASKPASS: 'xterm', GIT_CONFIG_GLOBAL: '/x' }
  const local = localEnvironment(environment)
  deepEqual([local['GIT_DIR'], local['GIT_TRACE'], local['GIT_CONFIG_GLOBAL']], [undefined, undefined, '/dev/null'])
  const address = parseAddress('https://me:secret@git.example/shop.git')
  ok(address.ok)
  const remote = remoteEnvironment(environment, address.value, null)
  deepEqual(
    [remote['GIT_TERMINAL_PROMPT'], remote['GIT_ASKPASS'], remote['GIT_DIR'], remote['GIT_ALLOW_PROTOCOL']],
    ['0', '', undefined, 'https:ssh'],
  )
  equal(remote['GIT_CONFIG_GLOBAL'], '/x')
  equal(remote['GIT_CONFIG_KEY_0'], 'credential.https://git.example.helper')
  equal(remote['RECONCILE_GIT_PASSWORD'], 'secret')
  const ssh = parseAddress('git@git.example:shop.git')
  ok(ssh.ok)
  equal(
    remoteEnvironment({ GIT_SSH: '/opt/my ssh' }, ssh.value, null)['GIT_SSH_COMMAND']?.slice(0, 30),
    "'/opt/my ssh' -o BatchMode=yes",
  )
})

test('what git says becomes a sentence that names the way out', () => {
  const says = (stderr: string) => troubleOf({ code: 128, stdout: new Uint8Array(), stderr, cut: null }, 'read', 1000)
  equal(says("fatal: could not read Username for 'https://x': terminal prompts disabled").kind, 'denied')
  equal(says("fatal: Authentication failed for 'https://me:secret@x/y'").message.includes('secret'), false)
  equal(says('git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.').kind, 'denied')
  equal(says("fatal: detected dubious ownership in repository at '/srv/x'").message.includes('safe.directory'), true)
  equal(says("fatal: unable to access 'https://x/': Could not resolve host: x").kind, 'unreachable')
  equal(says('fatal: early EOF\nfatal: fetch-pack: invalid index-pack output').kind, 'unreachable')
  equal(says('').message, 'could not read: git ended with 128')
})
