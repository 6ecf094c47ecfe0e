import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress, withoutCredentials } from '../../../src/source/git/address.ts'
import { candidateRefs, parsePath, parseRef } from '../../../src/source/git/names.ts'

const named = (text: string): string => {
  const address = parseAddress(text)
  return address.ok ? address.value.repository : `! ${address.error}`
}

test('a repository is named by its URL, without credentials and slashes behind', () => {
  equal(named('https://git.example/shop.git'), 'https://git.example/shop.git')
  equal(named('https://me:secret@Git.Example:8443/shop.git/'), 'https://git.example:8443/shop.git')
  equal(named('https://token@git.example/shop'), 'https://git.example/shop')
  equal(named('ssh://git@git.example:2222/shop.git'), 'ssh://git@git.example:2222/shop.git')
  equal(named('git@git.example:shops/shop.git'), 'git@git.example:shops/shop.git')
  equal(named('/no/such/shop.git/'), 'file:///no/such/shop.git')
  equal(named('file:///no/such/my%20shop'), 'file:///no/such/my shop')
})

test('credentials of a URL are kept apart from it, decoded', () => {
  const address = parseAddress('https://me%40work:p%3Ass@git.example/shop.git')
  deepEqual(address.ok && [address.value.url, address.value.credentials], [
    'https://git.example/shop.git',
    { username: 'me@work', password: 'p:ss' },
  ])
  const token = parseAddress('https://token@git.example/shop.git')
  deepEqual(token.ok && token.value.credentials, { username: 'token', password: null })
})

test('what could run a command, or is not protected, is no address', () => {
  const refused = [
    'ext::sh -c touch% /tmp/x',
    'fd::17',
    'git://git.example/shop.git',
    'ftp://git.example/shop.git',
    '--upload-pack=touch /tmp/x',
    '-oProxyCommand=touch',
    'ssh://-oProxyCommand=touch/shop.git',
    'ssh://git.example/-shop',
    'ssh://me:secret@git.example/shop.git',
    '-oProxyCommand=touch:shop.git',
    'git.example:-shop',
    'file://elsewhere/shop.git',
    'https:///shop.git',
    'https://git.example',
    'https://git.example/shop.git?x=y',
    'https://git.example/shop.git\n--upload-pack=x',
    'https://me%0apassword=x@git.example/shop.git',
    'shop.git',
    '',
  ]
  deepEqual(
    refused.filter(text => parseAddress(text).ok),
    [],
  )
})

test('no complaint repeats a password', () => {
  for (const text of ['https://me:se/cret@git.example/shop.git', 'ssh://me:se-cret@x/y', 'ftp://me:secret@x/y']) {
    const address = parseAddress(text)
    ok(!address.ok && !/secret|se-cret|se\/cret/.test(address.error))
  }
  equal(
    withoutCredentials("fatal: unable to access 'https://me:secret@git.example/shop.git/': nope"),
    "fatal: unable to access 'https://git.example/shop.git/': nope",
  )
})

test('a ref is a name as git allows it, or a whole commit id; never an option', () => {
  const commit = '3f2c1d9a'.repeat(5)
  deepEqual(parseRef(null), { ok: true, value: { kind: 'head' } })
  deepEqual(parseRef('release/1.2'), { ok: true, value: { kind: 'name', name: 'release/1.2' } })
  deepEqual(parseRef(commit), { ok: true, value: { kind: 'commit', commit } })
  const refused = ['-main', '--upload-pack=x', 'a..b', 'a b', 'a:b', 'a^', 'a~1', 'a*', 'a\nb', '/a', 'a/', 'a//b']
  deepEqual(
    [...refused, '.a', 'a/.b', 'a.lock', 'a.lock/b', '@', 'a@{1}', 'a\\b', ''].filter(text => parseRef(text).ok),
    [],
  )
  deepEqual(candidateRefs('main'), ['refs/heads/main', 'refs/tags/main'])
  deepEqual(candidateRefs('refs/pull/7/head'), ['refs/pull/7/head'])
})

test('a path stays inside the repository', () => {
  const path = (text: string): string => {
    const parsed = parsePath(text)
    return parsed.ok ? parsed.value : '!'
  }
  deepEqual(['deploy', '/deploy/', './deploy/web/', '.', '/', ''].map(path), [
    'deploy',
    'deploy',
    'deploy/web',
    '',
    '',
    '',
  ])
  deepEqual(['..', 'a/../b', 'a//b', 'a/./b', 'a\nb', 'x'.repeat(2000)].map(path), ['!', '!', '!', '!', '!', '!'])
  match(path(':(top)deploy'), /deploy/)
})
