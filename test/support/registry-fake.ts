import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createRawServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { SmallImage } from './registry-image.ts'
import { sha256 } from './registry-client.ts'

export type Fake = {
  /** `127.0.0.1:port` */
  readonly host: string
  /** `GET /v2/x/manifests/1`, in order */
  readonly asked: string[]
  readonly headers: IncomingMessage['headers'][]
  close(): Promise<void>
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** A registry that answers as `handler` does. What a TLS client says to it first is answered by Node's own 400. */
export async function fake(handler: Handler): Promise<Fake> {
  const asked: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const server = createServer({ keepAliveTimeout: 1000 }, (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    headers.push(request.headers)
    response.on('error', () => {})
    void handler(request, response)
  })
  return await listen(server, asked, headers)
}

/** A host that writes raw bytes, once a plain request has come. */
export async function rawFake(answer: (socket: Socket, request: string) => void): Promise<Fake> {
  const asked: string[] = []
  const server = createRawServer(socket => {
    socket.on('error', () => {})
    socket.once('data', data => {
      const request = data.toString('latin1')
      // The first byte of a TLS handshake.
      if (data[0] === 0x16) return void socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')
      asked.push(request.split(' HTTP/', 1)[0] ?? '')
      answer(socket, request)
    })
  })
  return await listen(server, asked, [])
}

async function listen(server: Server, asked: string[], headers: IncomingMessage['headers'][]): Promise<Fake> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    headers,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers for an image as a good registry does; false for what it does not have. Ranges are not known here. */
export function serveImage(image: SmallImage, request: IncomingMessage, response: ServerResponse): boolean {
  const [, kind = '', name = ''] = /^\/v2\/[^?]+\/(manifests|blobs)\/([^/?]+)$/.exec(request.url ?? '') ?? []
  const digest = sha256(image.manifest)
  const body = kind === 'manifests' ? image.manifest : image.blobs.find(one => one.descriptor.digest === name)?.bytes
  if (body === undefined || (kind === 'manifests' && name.startsWith('sha256:') && name !== digest)) return false
  response.setHeader('content-length', body.length)
  if (kind === 'manifests') response.setHeader('content-type', image.manifestType)
  if (kind === 'manifests') response.setHeader('docker-content-digest', digest)
  response.end(request.method === 'HEAD' ? undefined : body)
  return true
}

export function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ errors: [{ code, message }] }))
}
