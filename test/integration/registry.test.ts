import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe as group, test } from 'node:test'
import { dockerCredentials } from '../../src/registry/access/credentials.ts'
import type { Registry } from '../../src/registry/client.ts'
import {
  amd64,
  client,
  collect,
  describe,
  inPieces,
  never,
  reference,
  refusal,
  value,
} from '../support/registry-client.ts'
import { json, smallImage, types, wire } from '../support/registry-image.ts'
import type { SmallImage } from '../support/registry-image.ts'
import { password, startRegistry, trustDirectory, user } from '../support/registry-server.ts'
import type { RegistryServer } from '../support/registry-server.ts'

const image = smallImage([randomBytes(3_000_000), randomBytes(10), Buffer.alloc(0)])

async function push(registry: Registry, name: string, pushed: SmallImage): Promise<string> {
  for (const { bytes, descriptor } of pushed.blobs) {
    const source = { descriptor, open: () => inPieces(bytes, 65_536), mountFrom: [] }
    value(await registry.pushBlob(reference(name), source, never))
  }
  const manifest = { bytes: pushed.manifest, mediaType: pushed.manifestType }
  return value(await registry.pushManifest(reference(name), manifest, never))
}

async function pullsBack(registry: Registry, name: string, pushed: SmallImage): Promise<void> {
  const found = value(await registry.resolve(reference(name), amd64, never))
  assert.deepEqual(Buffer.from(found.manifestBytes), pushed.manifest)
  assert.deepEqual(value(await registry.smallBlob(reference(name), found.config, never)), pushed.config)
  for (const [index, layer] of found.layers.entries()) {
    assert.deepEqual(await collect(registry.blob(reference(name), layer, null, never)), pushed.layers[index])
  }
}

group('a plain registry on this machine', () => {
  let server: RegistryServer
  let registry: Registry
  before(async () => {
    server = await startRegistry({ kind: 'plain' })
    registry = client({ bounds: { chunkBytes: 1_000_000 } })
  })
  after(async () => {
    registry.close()
    await server.stop()
  })

  test('what is pushed is pulled by tag, by digest and by both', async () => {
    const digest = await push(registry, `${server.host}/shop/web:1`, image)
    assert.equal(value(await registry.currentDigest(reference(`${server.host}/shop/web:1`), never)), digest)
    for (const suffix of [':1', `@${digest}`, `:other@${digest}`]) {
      await pullsBack(registry, `${server.host}/shop/web${suffix}`, image)
    }
  })

  test('schema 2 of Docker is pushed and pulled too', async () => {
    const docker = smallImage([randomBytes(1000)], 'docker')
    await push(registry, `${server.host}/docker`, docker)
    await pullsBack(registry, `${server.host}/docker`, docker)
  })

  test('a blob that is there is not sent again, one of another repository is mounted', async () => {
    const [, layer] = image.blobs
    assert.ok(layer)
    const source = { descriptor: layer.descriptor, open: () => inPieces(layer.bytes, 100_000), mountFrom: ['shop/web'] }
    await push(registry, `${server.host}/shop/web:1`, image)
    const target = reference(`${server.host}/shop/copy`)
    assert.equal(value(await registry.pushBlob(target, source, never)), 'mounted')
    assert.equal(value(await registry.pushBlob(target, source, never)), 'exists')
    const elsewhere = { ...source, mountFrom: ['nothing/here', 'nor/there'] }
    assert.equal(value(await registry.pushBlob(reference(`${server.host}/new`), elsewhere, never)), 'uploaded')
  })

  test('a stream without a known digest goes up in pieces', async () => {
    const target = reference(`${server.host}/streamed`)
    for (const length of [0, 1, 999_999, 1_000_000, 2_500_000]) {
      const bytes = randomBytes(length)
      const streamed = value(await registry.pushStream(target, inPieces(bytes, 70_000), never))
      assert.deepEqual(streamed, { digest: describe(bytes, '').digest, sizeBytes: length })
      assert.deepEqual(await collect(registry.blob(target, describe(bytes, types.layer), null, never)), bytes)
    }
  })

  test('an index gives the manifest of the platform, and its own digest', async () => {
    const arm = smallImage([Buffer.from('arm')])
    const name = `${server.host}/multi`
    await push(registry, `${name}:amd`, image)
    await push(registry, `${name}:arm`, arm)
    const entry = (bytes: Buffer, platform: object) => ({ ...wire(describe(bytes, types.manifest)), platform })
    const index = json({
      schemaVersion: 2,
      mediaType: types.index,
      manifests: [
        entry(arm.manifest, { os: 'linux', architecture: 'arm', variant: 'v6' }),
        entry(image.manifest, { os: 'linux', architecture: 'amd64' }),
      ],
    })
    const digest = value(await registry.pushManifest(reference(name), { bytes: index, mediaType: types.index }, never))
    const found = value(await registry.resolve(reference(name), amd64, never))
    assert.equal(found.indexDigest, digest)
    assert.deepEqual(Buffer.from(found.manifestBytes), image.manifest)
    const old = value(await registry.resolve(reference(name), { ...amd64, architecture: 'arm', variant: 'v7' }, never))
    assert.deepEqual(Buffer.from(old.manifestBytes), arm.manifest)
    const none = refusal(await registry.resolve(reference(name), { ...amd64, architecture: 's390x' }, never))
    assert.match(
      none.message,
      /no matching manifest for linux\/s390x in the manifest list entries: it has linux\/arm\/v6/,
    )
  })

  test('what is not there is said in the words of docker', async () => {
    await push(registry, `${server.host}/shop/web:1`, image)
    const tag = refusal(await registry.resolve(reference(`${server.host}/shop/web:9`), amd64, never))
    assert.equal(tag.code, 'E_REGISTRY_NOT_FOUND')
    assert.equal(tag.message, `manifest for ${server.host}/shop/web:9 not found: manifest unknown`)
    const [, layer] = image.blobs
    assert.ok(layer)
    const changed = { ...layer.descriptor, digest: `sha256:${'0'.repeat(64)}` }
    await assert.rejects(collect(registry.blob(reference(`${server.host}/shop/web`), changed, null, never)), {
      message: new RegExp(`^${server.host}/shop/web:latest: blob ${changed.digest}: blob unknown: `),
    })
  })
})

group('a registry with a CA of its own and a password', () => {
  let server: RegistryServer
  before(async () => {
    server = await startRegistry({ kind: 'closed' })
  })
  after(async () => {
    await server.stop()
  })

  const login = (name: string, config: object) => {
    const directory = join(server.folder, name)
    mkdirSync(directory)
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config))
    return dockerCredentials({ DOCKER_CONFIG: directory })
  }
  const auth = Buffer.from(`${user}:${password}`).toString('base64')

  test('who is logged in and trusts the CA pushes and pulls', async () => {
    const credentials = login('good', { auths: { [server.host]: { auth } } })
    const registry = client({ credentials, certificateDirectories: [trustDirectory(server)] })
    await push(registry, `${server.host}/shop/web:1`, image)
    await pullsBack(registry, `${server.host}/shop/web:1`, image)
    registry.close()
  })

  test('a CA that nobody trusts is refused, and plain HTTP is not tried instead', async () => {
    const registry = client()
    const refused = refusal(await registry.resolve(reference(`${server.host}/shop/web`), amd64, never))
    assert.match(refused.message, /tls: failed to verify certificate: it is signed by an unknown authority/)
    assert.ok(refused.message.endsWith(`put its CA into /etc/reconcile/certs.d/${server.host}/ca.crt`), refused.message)
    registry.close()
  })

  test('a host named insecure needs no CA', async () => {
    const credentials = login('insecure', { auths: { [`https://${server.host}/v2/`]: { username: user, password } } })
    const registry = client({ credentials, insecure: ['127.0.0.0/8'] })
    await push(registry, `${server.host}/shop/insecure:1`, image)
    registry.close()
  })

  test('without or with a wrong password access is denied', async () => {
    const certificateDirectories = [trustDirectory(server)]
    const name = reference(`${server.host}/shop/web:1`)
    const nobody = client({ certificateDirectories })
    const denied = refusal(await nobody.resolve(name, amd64, never))
    assert.equal(denied.code, 'E_REGISTRY_DENIED')
    const expected = `pull access denied for ${server.host}/shop/web, repository does not exist or may require 'docker login': `
    const nobodysLogin = `there is no login for ${server.host} in config.json`
    assert.equal(denied.message, `${expected}no basic auth credentials (${nobodysLogin})`)
    nobody.close()
    const wrongAuth = Buffer.from(`${user}:wrong`).toString('base64')
    const credentials = login('wrong', { auths: { [server.host]: { auth: wrongAuth } } })
    const wrong = client({ certificateDirectories, credentials })
    const refused = refusal(await wrong.resolve(name, amd64, never))
    assert.equal(refused.message, `${expected}unauthorized: authentication required (asked as ${user})`)
    wrong.close()
  })
})
