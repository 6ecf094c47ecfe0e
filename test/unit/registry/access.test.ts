import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { afterEach, test } from 'node:test'
import { ok } from '../../../src/model/errors.ts'
import type { Credentials } from '../../../src/registry/access/account.ts'
import type { RegistryConfig } from '../../../src/registry/client.ts'
import { openRegistry } from '../../../src/registry/client.ts'
import { isLoopback } from '../../../src/registry/http/hosts.ts'
import { amd64, client, collect, never, reference, refusal, value } from '../../support/registry-client.ts'
import { fake, refuse, serveImage } from '../../support/registry-fake.ts'
import type { Fake, Handler } from '../../support/registry-fake.ts'
import { smallImage } from '../../support/registry-image.ts'

const image = smallImage([randomBytes(1000)])
const [, layer] = image.blobs
assert.ok(layer)
const open: { close(): Promise<void> | void }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function serve(handler: Handler): Promise<Fake> {
  const host = await fake(handler)
  open.push(host)
  return host
}

function as(credentials: Credentials | null, given: Partial<RegistryConfig> = {}) {
  const registry = client({ ...given, credentials: async () => ({ ok: true, value: credentials }) })
  open.push(registry)
  return registry
}

const ali: Credentials = { kind: 'password', username: 'ali', password: 'pw' }
const basic = `Basic ${Buffer.from('ali:pw').toString('base64')}`

/** A registry that wants `Bearer <token>` and names this token server. */
const guarded =
  (realm: () => string, token: () => string): Handler =>
  (request, response) => {
    if (request.headers.authorization === `Bearer ${token()}`) return void serveImage(image, request, response)
    response.setHeader(
      'www-authenticate',
      `Bearer realm="${realm()}",service="shop registry",scope="repository:shop/web:pull"`,
    )
    refuse(response, 401, 'UNAUTHORIZED', 'authentication required')
  }

const bodyOf = async (request: IncomingMessage) => Buffer.concat(await request.toArray()).toString()

test('a token is asked for once, with the password, for what it is needed for', async () => {
  const tokens = await serve((_, response) => void response.end(JSON.stringify({ token: 't1', expires_in: 300 })))
  const { host } = await serve(
    guarded(
      () => `http://${tokens.host}/token`,
      () => 't1',
    ),
  )
  const name = reference(`${host}/shop/web:1`)
  const registry = as(ali)
  const found = value(await registry.resolve(name, amd64, never))
  value(await registry.smallBlob(name, found.config, never))
  assert.deepEqual(tokens.asked, ['GET /token?service=shop+registry&scope=repository%3Ashop%2Fweb%3Apull&account=ali'])
  assert.equal(tokens.headers[0]?.authorization, basic)
})

test('nobody gets an anonymous token', async () => {
  const tokens = await serve((_, response) => void response.end(JSON.stringify({ access_token: 't1' })))
  const { host } = await serve(
    guarded(
      () => `http://${tokens.host}/token`,
      () => 't1',
    ),
  )
  value(await as(null).resolve(reference(`${host}/shop/web:1`), amd64, never))
  assert.equal(tokens.headers[0]?.authorization, undefined)
})

test('a token that is over, or is not taken any more, is replaced', async () => {
  let now = 0
  let current = 1
  const tokens = await serve(
    (_, response) => void response.end(JSON.stringify({ token: `t${current}`, expires_in: 1 })),
  )
  const { host } = await serve(
    guarded(
      () => `http://${tokens.host}/token`,
      () => `t${current}`,
    ),
  )
  const name = reference(`${host}/shop/web:1`)
  const registry = as(null, { nowMs: () => now })
  value(await registry.resolve(name, amd64, never))
  now = 53_000
  value(await registry.resolve(name, amd64, never))
  assert.equal(tokens.asked.length, 1)
  now = 55_000
  value(await registry.resolve(name, amd64, never))
  assert.equal(tokens.asked.length, 2)
  current = 2
  value(await registry.resolve(name, amd64, never))
  assert.equal(tokens.asked.length, 3)
})

test('an identity token is exchanged by POST, a registry token is used as it is', async () => {
  const forms: string[] = []
  const tokens = await serve(async (request, response) => {
    forms.push(await bodyOf(request))
    response.end(JSON.stringify({ access_token: 't1' }))
  })
  const { host } = await serve(
    guarded(
      () => `http://${tokens.host}/token`,
      () => 't1',
    ),
  )
  const name = reference(`${host}/shop/web:1`)
  value(await as({ kind: 'identity-token', token: 'id' }).resolve(name, amd64, never))
  const form = new URLSearchParams(forms[0])
  assert.equal(form.get('grant_type'), 'refresh_token')
  assert.equal(form.get('refresh_token'), 'id')
  assert.equal(form.get('scope'), 'repository:shop/web:pull')
  value(await as({ kind: 'registry-token', token: 't1' }).resolve(name, amd64, never))
  assert.equal(forms.length, 1)
})

test('a wrong password is said, and no token server is asked for ever', async () => {
  const tokens = await serve((_, response) => refuse(response, 401, 'UNAUTHORIZED', 'incorrect username or password'))
  const { host, asked } = await serve(
    guarded(
      () => `http://${tokens.host}/token`,
      () => 't1',
    ),
  )
  const found = refusal(await as(ali).resolve(reference(`${host}/shop/web:1`), amd64, never))
  assert.match(
    found.message,
    /^pull access denied for .*: unauthorized: incorrect username or password \(asked as ali\)$/,
  )
  const refusing = await serve((_, response) => void response.end(JSON.stringify({ token: 'other' })))
  const second = await serve(
    guarded(
      () => `http://${refusing.host}/token`,
      () => 't1',
    ),
  )
  const denied = refusal(await as(ali).resolve(reference(`${second.host}/shop/web:1`), amd64, never))
  assert.match(denied.message, /^pull access denied for .*: unauthorized: authentication required \(asked as ali\)$/)
  assert.ok(asked.length <= 2 && second.asked.length <= 4 && refusing.asked.length <= 3)
})

for (const [what, realm, answer, message] of [
  ['nowhere', 'nowhere', '', /names no usable token server/],
  ['a file', 'file:///etc/passwd', '', /token server that is not HTTP/],
  ['a plain host elsewhere', 'http://registry.invalid/token', '', /plain HTTP is only for this machine/],
  ['a server of pages', null, '<html>', /did not include a token in the response/],
  ['a token that would be two headers', null, JSON.stringify({ token: 'a\r\nX: y' }), /did not include a token/],
  ['a token without an end', null, JSON.stringify({ token: 'a'.repeat(2_000_000) }), /larger than 1048576 bytes/],
] as const) {
  test(`a registry that sends its users for tokens to ${what} is refused`, async () => {
    const tokens = await serve((_, response) => void response.end(answer))
    const { host } = await serve(
      guarded(
        () => realm ?? `http://${tokens.host}/token`,
        () => 't1',
      ),
    )
    assert.match(refusal(await as(null).resolve(reference(`${host}/shop/web:1`), amd64, never)).message, message)
  })
}

test('credentials do not follow a redirect to another host, nor come back from there', async () => {
  const store = await serve((_, response) => void response.end(layer.bytes))
  const handler: Handler = (request, response) => {
    if (request.headers.authorization === undefined) {
      response.setHeader('www-authenticate', 'Basic realm="x"')
      return refuse(response, 401, 'UNAUTHORIZED', 'who?')
    }
    response.writeHead(307, { location: `http://user:pw@${store.host}/signed?key=1` }).end()
  }
  const { host, headers } = await serve(handler)
  const bytes = await collect(as(ali).blob(reference(`${host}/shop/web`), layer.descriptor, null, never))
  assert.deepEqual(bytes, layer.bytes)
  assert.equal(headers.at(-1)?.authorization, basic)
  assert.deepEqual(store.asked, ['GET /signed?key=1'])
  assert.equal(store.headers[0]?.authorization, undefined)
})

test('mirrors are asked before the hub, with the path only, and the next one after a failure', async () => {
  const broken = await serve((_, response) => refuse(response, 500, 'UNKNOWN', 'broken'))
  const good = await serve((request, response) => void serveImage(image, request, response))
  const registry = as(null, { mirrors: [`http://${broken.host}`, `http://${good.host}/`], bounds: { attempts: 1 } })
  const found = value(await registry.resolve(reference('busybox:1'), amd64, never))
  const bytes = await collect(registry.blob(reference('busybox:1'), found.layers[0] ?? assert.fail(), null, never))
  assert.deepEqual(bytes, layer.bytes)
  assert.ok(broken.asked.length > 0)
  assert.equal(good.asked[0], 'HEAD /v2/library/busybox/manifests/1')
})

test('a mirror or an insecure entry that makes no sense is refused', () => {
  const config = {
    insecure: [],
    certificateDirectories: [],
    credentials: async () => ok(null),
  }
  const more = { userAgent: 'x', environment: {}, nowMs: () => 0, bounds: {} }
  const opened = (mirrors: string[], insecure: string[] = []) =>
    refusal(openRegistry({ ...config, ...more, mirrors, insecure })).message
  assert.match(opened(['x']), /^invalid mirror: not a URL: x$/)
  assert.match(opened(['ftp://x/']), /neither http nor https/)
  assert.match(opened(['https://a:b@x/']), /username\/password not allowed/)
  assert.match(opened(['https://x/y']), /path, query, or fragment/)
  assert.match(opened([], ['10.0.0.0/33']), /neither a host nor a network in CIDR form/)
})

test('only this machine and hosts named insecure are spoken to in plain HTTP', async () => {
  for (const host of ['localhost', 'LOCALHOST:5000', '127.1.2.3:80', '[::1]:5000', 'a.localhost'])
    assert.ok(isLoopback(host), host)
  for (const host of ['localhost.example', '128.0.0.1', '[::2]:5000', '127.0.0.1.example', '0.0.0.0'])
    assert.ok(!isLoopback(host), host)
  const found = refusal(
    await as(null, { mirrors: ['http://registry.invalid'], bounds: { attempts: 1 } }).resolve(
      reference('registry.invalid/x'),
      amd64,
      never,
    ),
  )
  assert.equal(found.code, 'E_REGISTRY_UNREACHABLE')
  assert.match(
    found.message,
    /^registry\.invalid\/x:latest: https:\/\/registry\.invalid\/v2\/x\/manifests\/latest: .*\((ENOTFOUND|EAI_AGAIN)\)$/,
  )
})

test('scratch is a reserved name', async () => {
  assert.equal(
    refusal(await as(null).resolve(reference('scratch'), amd64, never)).message,
    "'scratch' is a reserved name",
  )
})

test('a cancelled question ends at once', async () => {
  const { host } = await serve(() => {})
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 50)
  const found = refusal(await as(null).resolve(reference(`${host}/x`), amd64, controller.signal))
  assert.equal(found.code, 'E_CANCELLED')
})

test('a host that is not this machine is asked by way of the proxy that the environment names', async () => {
  const proxy = await serve((request, response) => {
    request.url = new URL(request.url ?? '').pathname
    serveImage(image, request, response)
  })
  const environment = { HTTP_PROXY: `http://${proxy.host}`, HTTPS_PROXY: `http://${proxy.host}` }
  const registry = as(null, { environment, insecure: ['registry.invalid'] })
  value(await registry.resolve(reference('registry.invalid/x'), amd64, never))
  const own = await serve((request, response) => void serveImage(image, request, response))
  value(await registry.resolve(reference(`${own.host}/x`), amd64, never))
  assert.ok(proxy.headers.every(({ host }) => host === 'registry.invalid'))
})
