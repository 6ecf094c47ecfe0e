import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { afterEach, test } from 'node:test'
import type { Bounds } from '../../../src/registry/http/bounds.ts'
import type { Trouble } from '../../../src/registry/http/trouble.ts'
import { transferFailure } from '../../../src/registry/http/trouble.ts'
import {
  amd64,
  client,
  collect,
  describe,
  never,
  reference,
  refusal,
  sha256,
  value,
} from '../../support/registry-client.ts'
import { fake, rawFake, refuse, serveImage } from '../../support/registry-fake.ts'
import type { Fake, Handler } from '../../support/registry-fake.ts'
import { json, smallImage, types, wire } from '../../support/registry-image.ts'

const image = smallImage([randomBytes(300_000)])
const [, layer = assert.fail()] = image.blobs
const { bytes } = layer
const open: { close(): Promise<void> | void }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function against(server: Promise<Fake>, bounds: Partial<Bounds> = {}) {
  const host = await server
  const registry = client({ bounds: { attempts: 1, ...bounds } })
  open.push(host, registry)
  return { ...host, registry, name: reference(`${host.host}/shop/web:1`) }
}

async function resolving(server: Promise<Fake>, bounds: Partial<Bounds> = {}): Promise<Trouble> {
  const { registry, name } = await against(server, bounds)
  return refusal(await registry.resolve(name, amd64, never))
}

async function downloading(server: Promise<Fake>, bounds: Partial<Bounds> = {}): Promise<Trouble> {
  const { registry, name } = await against(server, bounds)
  const error: unknown = await collect(registry.blob(name, layer.descriptor, null, never)).then(
    () => assert.fail('this should have failed'),
    (reason: unknown) => reason,
  )
  const found = transferFailure(error)
  assert.ok(found, String(error))
  return found
}

/** Headers and the beginning of a body, by hand. */
const begin = (socket: Socket, headers: string, body: string | Uint8Array = '') => {
  socket.write(`HTTP/1.1 200 OK\r\n${headers}\r\n`)
  socket.write(body)
}

const forever = (socket: Socket, text: string) => {
  const more = () => {
    while (!socket.destroyed && socket.write(text));
  }
  socket.on('drain', more)
  more()
}

const dripping = (socket: Socket, text: string) => {
  const timer = setInterval(() => socket.write(text), 50)
  socket.on('close', () => clearInterval(timer))
}

/** Bounded by size, by sense or by the one time that is given. */
type Raw = readonly [what: string, answer: (socket: Socket) => void, message: RegExp, time?: Partial<Bounds>]

const raw: readonly Raw[] = [
  ['never answers', () => {}, /no answer within 250 ms/, { answerMs: 250 }],
  [
    'sends headers without an end',
    socket => (socket.write('HTTP/1.1 200 OK\r\n'), forever(socket, `x-y: ${'z'.repeat(1000)}\r\n`)),
    /headers are too large/,
  ],
  [
    'drips headers without an end',
    socket => (socket.write('HTTP/1.1 200 OK\r\n'), dripping(socket, 'x: y\r\n')),
    /no answer within/,
    { answerMs: 250 },
  ],
  [
    'sends interim answers without an end',
    socket => dripping(socket, 'HTTP/1.1 102 Processing\r\n\r\n'),
    /no answer within/,
    { answerMs: 250 },
  ],
  ['speaks no HTTP', socket => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'), /malformed HTTP answer \(HPE_/],
  ['hangs up', socket => void socket.destroy(), /connection reset|socket hang up/],
  [
    'sends two lengths',
    socket => begin(socket, 'content-length: 5\r\ncontent-length: 6\r\n', 'hello!'),
    /malformed HTTP answer/,
  ],
  [
    'sends a body without an end',
    socket => (begin(socket, 'transfer-encoding: chunked\r\n'), forever(socket, `10000\r\n${'x'.repeat(65_536)}\r\n`)),
    /larger than 4194304 bytes/,
  ],
  [
    'announces a manifest of 5 GB',
    socket => begin(socket, 'content-length: 5000000000\r\n'),
    /larger than 4194304 bytes/,
  ],
  [
    'stalls in a body',
    socket => begin(socket, 'content-length: 500\r\n', '{'),
    /the transfer stalled/,
    { stallMs: 200 },
  ],
  [
    'drips a body',
    socket => (begin(socket, 'content-length: 500000\r\n'), dripping(socket, 'x')),
    /the transfer stalled/,
    { stallMs: 200 },
  ],
  [
    'drips a document for too long',
    socket => (begin(socket, 'content-length: 500000\r\n'), dripping(socket, 'x'.repeat(2000))),
    /takes too long/,
    { documentMs: 200 },
  ],
  [
    'breaks off a body',
    socket => (begin(socket, 'content-length: 500\r\n', '{'), void setTimeout(() => socket.destroy(), 20)),
    /broke in the middle/,
  ],
]

for (const [what, answer, message, time] of raw) {
  test(`a registry that ${what} is given up`, async () => {
    const found = await resolving(
      rawFake((socket, request) => {
        if (request.startsWith('HEAD'))
          return void socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
        answer(socket)
      }),
      time,
    )
    assert.match(found.message, message)
  })
}

const asManifest =
  (document: Buffer, mediaType: string): Handler =>
  (request, response) => {
    const name = /manifests\/(.*)$/.exec(request.url ?? '')?.[1] ?? ''
    response.setHeader('content-type', mediaType)
    response.setHeader('docker-content-digest', name.startsWith('sha256:') ? name : sha256(document))
    response.end(request.method === 'HEAD' ? undefined : document)
  }

test('a manifest that does not fit its digest is refused', async () => {
  const found = await resolving(
    fake((request, response) =>
      asManifest(request.method === 'HEAD' ? image.manifest : json({}), types.manifest)(request, response),
    ),
  )
  assert.equal(found.code, 'E_DIGEST')
  assert.match(found.message, new RegExp(`manifest verification failed for digest ${sha256(image.manifest)}`))
})

test('an index within an index is refused', async () => {
  const inner = json({ schemaVersion: 2, mediaType: types.index, manifests: [] })
  const outer = json({
    manifests: [{ ...wire(describe(inner, types.index)), platform: { os: 'linux', architecture: 'amd64' } }],
  })
  const found = await resolving(
    fake((request, response) =>
      asManifest(request.url?.endsWith(sha256(inner)) ? inner : outer, types.index)(request, response),
    ),
  )
  assert.equal(found.code, 'E_IMAGE_UNSUPPORTED')
  assert.match(found.message, /an index within an index is not supported/)
})

test('redirects in a circle end', async () => {
  const found = await resolving(
    fake((request, response) => void response.writeHead(307, { location: request.url }).end()),
  )
  assert.match(found.message, /stopped after 5 redirects/)
})

for (const [location, message] of [
  ['file:///etc/passwd', /a redirect to file:, which is not HTTP/],
  ['http://registry.invalid/x', /plain HTTP is only for this machine and hosts named insecure/],
  ['', /a redirect in a circle|stopped after|nowhere/],
] as const) {
  test(`a redirect to ${location || 'nothing'} is not followed`, async () => {
    const found = await resolving(fake((_, response) => void response.writeHead(307, { location }).end()))
    assert.match(found.message, message)
  })
}

test('an error of megabytes with control characters is told in one short line', async () => {
  const found = await resolving(
    fake((_, response) => refuse(response, 400, 'BAD', `\u001b[31m\n${'x'.repeat(10_000)}`)),
  )
  assert.match(found.message, /^127[^\n\u001b]{1,600}$/)
  const large = await resolving(fake((_, response) => refuse(response, 400, 'BAD', 'x'.repeat(1_000_000))))
  assert.match(large.message, /received unexpected HTTP status: 400 Bad Request$/)
})

const blobs: readonly (readonly [what: string, handler: Handler, message: RegExp, time?: Partial<Bounds>])[] = [
  [
    'other bytes',
    (_, response) => void response.end(Buffer.alloc(bytes.length)),
    /filesystem layer verification failed for digest sha256:/,
  ],
  ['too few bytes', (_, response) => void response.end(bytes.subarray(1)), /announces 299999 bytes|ends after/],
  [
    'an announced length that is too large',
    (_, response) => void response.setHeader('content-length', 400_000).end(bytes),
    /announces 400000 bytes where 300000 are due/,
  ],
  [
    'bytes without an end',
    (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(bytes));
      }
      response.on('drain', more)
      more()
    },
    /longer than the 300000 bytes/,
  ],
  [
    'gzip that nobody asked for',
    (_, response) => void response.setHeader('content-encoding', 'gzip').end(bytes),
    /content-encoding gzip, which nobody asked for/,
  ],
  [
    'a range that nobody asked for',
    (_, response) => void response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end(),
    /wrong Content-Range/,
  ],
  [
    'nothing for ever',
    (_, response) => response.writeHead(200, { 'content-length': bytes.length }).flushHeaders(),
    /the transfer stalled/,
    { stallMs: 200 },
  ],
  ['a server error', (_, response) => refuse(response, 503, 'UNAVAILABLE', 'later'), /unavailable: later/],
]

for (const [what, handler, message, time] of blobs) {
  test(`a blob is refused when the registry sends ${what}`, async () => {
    const found = await downloading(fake(handler), time)
    assert.match(found.message, message)
    assert.ok(found.message.includes(layer.descriptor.digest))
  })
}

test('a cancelled transfer ends at once', async () => {
  const { registry, name } = await against(
    fake((_, response) => void response.writeHead(200).write(bytes.subarray(0, 10))),
  )
  const controller = new AbortController()
  const transfer = collect(registry.blob(name, layer.descriptor, null, controller.signal))
  setTimeout(() => controller.abort(), 50)
  await assert.rejects(transfer, { message: 'cancelled' })
})

test('a client that stops in the middle leaves no connection behind', async () => {
  const server = await against(fake((request, response) => void serveImage(image, request, response)))
  for await (const piece of server.registry.blob(server.name, layer.descriptor, null, never)) {
    assert.ok(piece.length > 0)
    break
  }
  value(await server.registry.resolve(server.name, amd64, never))
})
