import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, test } from 'node:test'
import type { Bounds } from '../../../src/registry/http/bounds.ts'
import type { BlobSource } from '../../../src/registry/push/blob.ts'
import { client, describe, inPieces, never, reference, refusal, sha256, value } from '../../support/registry-client.ts'
import { fake, refuse } from '../../support/registry-fake.ts'
import { json, types } from '../../support/registry-image.ts'

const bytes = randomBytes(250_000)
const source: BlobSource = {
  descriptor: describe(bytes, types.layer),
  open: () => inPieces(bytes, 10_000),
  mountFrom: [],
}
const open: { close(): Promise<void> | void }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

type Step = (request: IncomingMessage, response: ServerResponse, store: Store) => Promise<boolean> | boolean
type Store = { uploaded: Buffer; blobs: string[] }

/** A registry with one upload at a time; `step` may do an answer its own way and says so by true. */
async function against(step: Step = () => false, bounds: Partial<Bounds> = {}) {
  const store: Store = { uploaded: Buffer.alloc(0), blobs: [] }
  const host = await fake(async (request, response) => {
    if (await step(request, response, store)) return
    const url = new URL(request.url ?? '', 'http://x')
    const body = Buffer.concat(await request.toArray().catch(() => []))
    if (request.method === 'HEAD') return void response.writeHead(store.blobs.includes(url.pathname) ? 200 : 404).end()
    if (request.method === 'POST') store.uploaded = Buffer.alloc(0)
    else store.uploaded = Buffer.concat([store.uploaded, body])
    const digest = url.searchParams.get('digest')
    if (request.method === 'PUT' && digest !== sha256(store.uploaded))
      return refuse(response, 400, 'DIGEST_INVALID', 'no')
    response.setHeader('range', `0-${store.uploaded.length - 1}`)
    const status = { PUT: 201, GET: 204 }[request.method ?? ''] ?? 202
    response.writeHead(status, { location: `/upload?state=${store.uploaded.length}` }).end()
  })
  const registry = client({ bounds: { chunkBytes: 100_000, ...bounds } })
  open.push(host, registry)
  return { ...host, store, registry, name: reference(`${host.host}/shop/web:1`) }
}

test('a blob with a known digest goes up in one request', async () => {
  const { registry, name, asked, store } = await against()
  assert.equal(value(await registry.pushBlob(name, source, never)), 'uploaded')
  assert.deepEqual(store.uploaded, bytes)
  assert.deepEqual(
    asked.map(text => text.split(/[?%]/, 1)[0]),
    [`HEAD /v2/shop/web/blobs/${source.descriptor.digest}`, 'POST /v2/shop/web/blobs/uploads/', 'PUT /upload'],
  )
})

test('an upload that breaks is begun anew', async () => {
  let broken = 0
  const { registry, name, store } = await against(request => {
    if (request.method !== 'PUT' || (broken += 1) > 2) return false
    request.once('data', () => request.socket.destroy())
    return true
  })
  assert.equal(value(await registry.pushBlob(name, source, never)), 'uploaded')
  assert.deepEqual(store.uploaded, bytes)
})

test('a registry that takes no bytes is given up', async () => {
  const large = Buffer.alloc(20_000_000)
  const { registry, name } = await against(request => request.method === 'PUT' && (request.pause(), true), {
    answerMs: 400,
  })
  const stuck: BlobSource = {
    ...source,
    descriptor: describe(large, types.layer),
    open: () => inPieces(large, 1_000_000),
  }
  assert.match(refusal(await registry.pushBlob(name, stuck, never)).message, /no answer within 400 ms/)
})

for (const [what, changed, message] of [
  ['changed', Buffer.concat([Buffer.alloc(1), bytes.subarray(1)]), /does not fit its digest any more/],
  ['shrank', bytes.subarray(1), /the file ends after 249999 of 250000 bytes/],
  ['grew', Buffer.concat([bytes, Buffer.alloc(1)]), /longer than its descriptor says/],
] as const) {
  test(`a file that ${what} meanwhile is not pushed`, async () => {
    const { registry, name, store } = await against()
    const found = refusal(await registry.pushBlob(name, { ...source, open: () => inPieces(changed, 10_000) }, never))
    assert.equal(found.code, 'E_DIGEST')
    assert.match(found.message, message)
    assert.ok(store.uploaded.length < changed.length || what === 'grew')
  })
}

test('a file that cannot be read says so', async () => {
  const failing = async function* () {
    yield bytes.subarray(0, 10)
    throw new Error('input/output error')
  }
  const { registry, name } = await against()
  const found = refusal(await registry.pushBlob(name, { ...source, open: failing }, never))
  assert.equal(found.code, 'E_IO')
  assert.match(found.message, /input\/output error/)
})

test('a piece that breaks goes on from where the registry says it stands', async () => {
  let patches = 0
  const { registry, name, store, asked } = await against(async (request, response, kept) => {
    if (request.method !== 'PATCH' || (patches += 1) !== 2) return false
    const body = Buffer.concat(await request.toArray())
    kept.uploaded = Buffer.concat([kept.uploaded, body.subarray(0, 30_000)])
    refuse(response, 503, 'UNAVAILABLE', 'later')
    return true
  })
  const streamed = value(await registry.pushStream(name, inPieces(bytes, 7000), never))
  assert.deepEqual(streamed, { digest: source.descriptor.digest, sizeBytes: bytes.length })
  assert.deepEqual(store.uploaded, bytes)
  assert.equal(asked.filter(text => text.startsWith('PATCH')).length, 4)
})

test('an upload that the registry has lost is a failure', async () => {
  const { registry, name } = await against((request, response) => {
    if (request.method === 'PATCH') return (refuse(response, 500, 'UNKNOWN', 'oops'), true)
    if (request.method === 'GET')
      return (response.writeHead(204, { location: '/upload', range: '0-900000' }).end(), true)
    return false
  })
  const found = refusal(await registry.pushStream(name, inPieces(bytes, 7000), never))
  assert.match(found.message, /lost a part of the upload/)
})

test('who may not push is told so in the words of docker', async () => {
  const { registry, name, host } = await against((_, response) => {
    refuse(response, 403, 'DENIED', 'requested access to the resource is denied')
    return true
  })
  const manifest = { bytes: json({}), mediaType: types.manifest }
  const found = refusal(await registry.pushManifest(name, manifest, never))
  assert.equal(
    found.message,
    `${host}/shop/web:1: push access denied, repository does not exist or may require authorization: ` +
      `denied: requested access to the resource is denied (there is no login for ${host} in config.json)`,
  )
})

test('a manifest that the registry stored as another one is a failure', async () => {
  const { registry, name } = await against((_, response) => {
    response.writeHead(201, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end()
    return true
  })
  const found = refusal(await registry.pushManifest(name, { bytes: json({}), mediaType: types.manifest }, never))
  assert.equal(found.code, 'E_DIGEST')
})
