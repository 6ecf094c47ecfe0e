import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, test } from 'node:test'
import { transferFailure } from '../../../src/registry/http/trouble.ts'
import type { Resume } from '../../../src/registry/pull/blob.ts'
import { amd64, client, collect, never, reference, refusal, value } from '../../support/registry-client.ts'
import { fake, refuse, serveImage } from '../../support/registry-fake.ts'
import type { Handler } from '../../support/registry-fake.ts'
import { smallImage } from '../../support/registry-image.ts'

const image = smallImage([randomBytes(300_000)])
const [, layer] = image.blobs
assert.ok(layer)
const { bytes, descriptor } = layer
const open: { close(): Promise<void> | void }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function against(handler: Handler) {
  const host = await fake(handler)
  const registry = client()
  open.push(host, registry)
  const name = reference(`${host.host}/shop/web:1`)
  const ranges = () => host.headers.map(({ range }) => range ?? 'all')
  const download = (resume: Resume | null = null) => collect(registry.blob(name, descriptor, resume, never))
  return { ...host, registry, name, ranges, download }
}

const startOf = (request: IncomingMessage) => Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)

/** Sends from `start` what a range asks for, and breaks off after `bytesMax`. */
function send(response: ServerResponse, start: number, bytesMax: number): void {
  const last = bytes.length - 1
  const range = start > 0 ? { 'content-range': `bytes ${start}-${last}/${bytes.length}` } : {}
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': bytes.length - start, ...range })
  response.write(bytes.subarray(start, start + bytesMax), () => {
    if (start + bytesMax >= bytes.length) response.end()
    else setTimeout(() => response.destroy(), 20)
  })
}

test('a broken transfer goes on where it broke', async () => {
  const { download, ranges } = await against((request, response) => send(response, startOf(request), 100_000))
  assert.deepEqual(await download(), bytes)
  assert.deepEqual(ranges(), ['all', 'bytes=100000-', 'bytes=200000-'])
})

test('a server that knows no ranges is asked for the whole, and what was passed on is compared', async () => {
  let tries = 0
  const { download } = await against((_, response) => send(response, 0, (tries += 1) < 3 ? 100_000 : bytes.length))
  assert.deepEqual(await download(), bytes)
  let changed = 0
  const liar = await against((_, response) => {
    changed += 1
    if (changed === 1) return send(response, 0, 100_000)
    response.end(Buffer.concat([Buffer.alloc(1), bytes.subarray(1)]))
  })
  await assert.rejects(liar.download(), { message: /the registry sends other bytes than before/ })
})

for (const range of ['bytes 0-299999/300000', 'bytes 100000-200000/300000', 'bytes 100000-299999/5', 'x', '']) {
  test(`a resumed transfer starts anew when the answer's range is "${range}"`, async () => {
    const { download, ranges } = await against((request, response) => {
      if (startOf(request) > 0)
        return void response.writeHead(206, { 'content-range': range }).end(bytes.subarray(100_000))
      send(response, 0, ranges().length > 1 ? bytes.length : 100_000)
    })
    assert.deepEqual(await download(), bytes)
    assert.deepEqual(ranges(), ['all', 'bytes=100000-', 'all'])
  })
}

const kept = (prefix: Uint8Array): Resume => ({ bytes: prefix.length, hash: createHash('sha256').update(prefix) })

test('a transfer of an earlier process goes on behind the bytes that it kept', async () => {
  const { download, ranges } = await against((request, response) => send(response, startOf(request), bytes.length))
  assert.deepEqual(await download(kept(bytes.subarray(0, 299_999))), bytes.subarray(299_999))
  assert.deepEqual(await download(kept(bytes)), Buffer.alloc(0))
  assert.deepEqual(ranges(), ['bytes=299999-'])
})

test('bad kept bytes show at the end, with the advice to try once more without them', async () => {
  const { download } = await against((request, response) => send(response, startOf(request), bytes.length))
  const error: unknown = await download(kept(Buffer.alloc(1000))).catch((reason: unknown) => reason)
  const found = transferFailure(error)
  assert.equal(found?.code, 'E_DIGEST')
  assert.equal(found.again, true)
})

test('a transfer without progress ends after its tries, one with progress goes on', async () => {
  const stuck = await against((_, response) => refuse(response, 503, 'UNAVAILABLE', 'later'))
  await assert.rejects(stuck.download(), { message: /unavailable: later/ })
  assert.equal(stuck.asked.length, 3)
  const slow = await against((request, response) => send(response, startOf(request), 60_000))
  assert.deepEqual(await slow.download(), bytes)
  assert.equal(slow.asked.length, 5)
})

test('what cannot get better is not tried again', async () => {
  for (const [status, code] of [
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [404, 'NAME_UNKNOWN'],
    [429, 'TOOMANYREQUESTS'],
  ] as const) {
    const { download, asked } = await against((_, response) => refuse(response, status, code, 'no'))
    await assert.rejects(download())
    assert.equal(asked.length, 1, code)
  }
})

test('a pause that the registry asks for is made, a long one is not waited for', async () => {
  const { registry, name, asked } = await against((request, response) => {
    if (asked.length > 2) return void serveImage(image, request, response)
    response.setHeader('retry-after', '0')
    refuse(response, 429, 'TOOMANYREQUESTS', 'slowly')
  })
  value(await registry.resolve(name, amd64, never))
  const long = await against((_, response) => {
    response.setHeader('retry-after', '3600')
    refuse(response, 429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.')
  })
  const limited = refusal(await long.registry.resolve(long.name, amd64, never))
  assert.equal(limited.code, 'E_REGISTRY_LIMITED')
  assert.equal(limited.retryAfterMs, 3_600_000)
  assert.match(limited.message, /toomanyrequests: You have reached your pull rate limit\.$/)
  assert.equal(long.asked.length, 2)
})

test('a foreign layer comes from where its manifest says, else from the registry', async () => {
  const store = await against((request, response) => send(response, startOf(request), bytes.length))
  const { registry, name, asked } = await against((request, response) => void serveImage(image, request, response))
  const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
  const urls = ['ftp://x/', `http://${store.host}/layer`]
  assert.deepEqual(await collect(registry.blob(name, { ...descriptor, mediaType, urls }, null, never)), bytes)
  assert.deepEqual(asked, [])
  assert.deepEqual(
    await collect(registry.blob(name, { ...descriptor, mediaType, urls: ['http://x.invalid/'] }, null, never)),
    bytes,
  )
  assert.equal(asked.length, 1)
})
