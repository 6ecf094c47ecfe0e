import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dockerCredentials } from '../../../../src/registry/access/credentials.ts'
import { labPrefix } from '../../../support/leaks.ts'
import { never, refusal, value } from '../../../support/registry-client.ts'

const folder = mkdtempSync(`${labPrefix}credentials-`)
after(() => rmSync(folder, { recursive: true, force: true }))

const environment = { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env['PATH'] ?? ''}` }
const ask = async (config: unknown, domain: string) => {
  writeFileSync(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config))
  return await dockerCredentials(environment)(domain, never)
}
const helper = (name: string, script: string) =>
  writeFileSync(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 })

const auth = Buffer.from('ali:a:b').toString('base64')
const ali = { kind: 'password', username: 'ali', password: 'a:b' }

test('auths are found by the key of the host, the hub’s old key, and old forms of keys', async () => {
  assert.deepEqual(value(await ask({ auths: { 'h.example:5000': { auth } } }, 'h.example:5000')), ali)
  assert.deepEqual(value(await ask({ auths: { 'https://index.docker.io/v1/': { auth } } }, 'docker.io')), ali)
  assert.deepEqual(value(await ask({ auths: { 'https://h.example/v1/': { auth } } }, 'h.example')), ali)
  assert.equal(value(await ask({ auths: { 'h.example': { auth } } }, 'h.example:5000')), null)
  assert.equal(value(await ask({ auths: { 'other.example': { auth } } }, 'h.example')), null)
  assert.equal(value(await ask({ auths: {} }, '__proto__')), null)
  assert.equal(value(await ask({}, 'h.example')), null)
})

test('identity and registry tokens go before the password', async () => {
  const identity = value(await ask({ auths: { h: { auth, identitytoken: 'i' } } }, 'h'))
  assert.deepEqual(identity, { kind: 'identity-token', token: 'i' })
  const registry = value(await ask({ auths: { h: { auth, registrytoken: 'r' } } }, 'h'))
  assert.deepEqual(registry, { kind: 'registry-token', token: 'r' })
})

test('a helper of the host goes before the store, the store before auths', async () => {
  helper('one', `read -r key; echo "{\\"ServerURL\\":\\"$key\\",\\"Username\\":\\"one\\",\\"Secret\\":\\"$key\\"}"`)
  helper('two', `echo '{"Username":"<token>","Secret":"t"}'`)
  const config = { auths: { h: { auth } }, credsStore: 'two', credHelpers: { g: 'one' } }
  assert.deepEqual(value(await ask(config, 'g')), { kind: 'password', username: 'one', password: 'g' })
  assert.deepEqual(value(await ask(config, 'h')), { kind: 'identity-token', token: 't' })
})

test('a store that has nothing leaves the word to auths', async () => {
  helper('none', 'echo credentials not found in native keychain; exit 1')
  assert.deepEqual(value(await ask({ auths: { h: { auth } }, credsStore: 'none' }, 'h')), ali)
  assert.equal(value(await ask({ credsStore: 'none' }, 'h')), null)
})

test('a helper that fails is named, its secrets are not', async () => {
  helper('bad', 'echo secret; exit 3')
  helper('mute', 'echo secret')
  helper('loud', 'yes secret | head -c 1000000')
  const message = async (name: string) => refusal(await ask({ credsStore: name }, 'h')).message
  const begin = 'error getting credentials - docker-credential-'
  assert.equal(await message('bad'), `${begin}bad: ended with 3`)
  assert.equal(await message('mute'), `${begin}mute: its answer is no JSON`)
  assert.equal(await message('loud'), `${begin}loud: its answer is too large`)
  assert.equal(await message('absent'), `${begin}absent: executable file not found in $PATH`)
  assert.equal(await message('../x'), `${begin}../x: not a name of a helper`)
})

test('a broken configuration is named by its path', async () => {
  assert.match(refusal(await ask('{', 'h')).message, /config\.json: is no JSON$/)
  assert.match(refusal(await ask({ auths: { h: { auth: 'AAAA' } } }, 'h')).message, /invalid auth configuration for h$/)
  assert.equal(value(await dockerCredentials({ HOME: join(folder, 'nobody') })('h', never)), null)
  assert.equal(value(await dockerCredentials({})('h', never)), null)
})
