import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer as createPlain } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer as createTls } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { amd64, client, never, reference, refusal, value } from '../support/registry-client.ts'
import { serveImage } from '../support/registry-fake.ts'
import { smallImage } from '../support/registry-image.ts'
import { startRegistry, trustDirectory } from '../support/registry-server.ts'
import type { RegistryServer } from '../support/registry-server.ts'

const image = smallImage([Buffer.from('layer')])
const serving: RequestListener = (request, response) => void serveImage(image, request, response)
let closed: RegistryServer
before(async () => {
  closed = await startRegistry({ kind: 'closed' })
})
after(async () => {
  await closed.stop()
})

const listening = async (server: Server, port = 0): Promise<number> => {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const tls = (listener: RequestListener) => {
  const read = (name: string) => readFileSync(join(closed.folder, name))
  return createTls({ cert: read('host.crt'), key: read('host.key'), keepAlive: false }, listener)
}

const end = async (server: ReturnType<typeof tls> | ReturnType<typeof createPlain>) => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

test('no redirect leads from TLS to plain HTTP', async () => {
  const plain = createPlain(serving)
  const plainPort = await listening(plain)
  const server = tls((request, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${plainPort}${request.url}` }).end()
  })
  const host = `127.0.0.1:${await listening(server)}`
  const registry = client({ certificateDirectories: [trustDirectory(closed, host)] })
  const found = refusal(await registry.resolve(reference(`${host}/x`), amd64, never))
  assert.match(found.message, /a redirect from TLS to plain HTTP/)
  registry.close()
  await end(server)
  await end(plain)
})

test('a host that has spoken TLS is not spoken to in plain HTTP afterwards', async () => {
  const server = tls(serving)
  const port = await listening(server)
  const name = reference(`127.0.0.1:${port}/x`)
  const registry = client({ insecure: ['127.0.0.1'] })
  value(await registry.resolve(name, amd64, never))
  await end(server)
  const asked: (string | undefined)[] = []
  const plain = createPlain((request, response) => {
    asked.push(request.url)
    serving(request, response)
  })
  await listening(plain, port)
  const found = refusal(await registry.resolve(name, amd64, never))
  assert.match(found.message, /server gave HTTP response to HTTPS client/)
  assert.deepEqual(asked, [])
  registry.close()
  await end(plain)
})

test('a certificate without its key, and a CA that is none, are named by their place', async () => {
  const host = '127.0.0.1:1'
  const directory = trustDirectory(closed, host)
  const message = async () => {
    const registry = client({ certificateDirectories: [directory] })
    const found = refusal(await registry.resolve(reference(`${host}/x`), amd64, never))
    registry.close()
    return found.message
  }
  writeFileSync(join(directory, host, 'me.cert'), 'x')
  assert.match(
    await message(),
    /missing key me\.key for client certificate me\.cert: CA certificates must use the extension \.crt$/,
  )
  writeFileSync(join(directory, host, 'me.key'), 'x')
  assert.match(await message(), /certificates for 127\.0\.0\.1:1: /)
})
