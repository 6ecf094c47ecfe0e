import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** How a server treats its clients; may be changed at any time. */
export type Behaviour = {
  /** every request needs this user and password */
  credentials?: { readonly username: string; readonly password: string } | undefined
  /** packs stop after so many bytes: the connection is cut, or nothing comes any more */
  cutAfterBytes?: number | undefined
  stallAfterBytes?: number | undefined
  /** no request is answered */
  isMute?: boolean | undefined
  /** every request leads here */
  redirectTo?: string | undefined
}

export type GitServer = {
  readonly url: string
  readonly behaviour: Behaviour
  /** method and path of each request, and whether it had credentials */
  readonly requests: { readonly what: string; readonly authorization: string | undefined }[]
  close(): Promise<void>
}

/** Git's own http-backend behind a server on loopback; `root` holds the repositories. */
export async function serveGit(t: TestContext, root: string, port = 0): Promise<GitServer> {
  const behaviour: Behaviour = {}
  const requests: GitServer['requests'] = []
  const server = createServer((request, response) => {
    const { authorization } = request.headers
    requests.push({ what: `${request.method} ${request.url}`, authorization })
    if (behaviour.isMute) return
    if (behaviour.redirectTo !== undefined) {
      response.writeHead(302, { Location: `${behaviour.redirectTo}${request.url}` }).end()
      return
    }
    if (behaviour.credentials !== undefined && authorization !== basic(behaviour.credentials)) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end()
      return
    }
    backend(root, request, response, behaviour)
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  // a test that fails must end too
  server.unref()
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  t.after(() => (server.listening ? close() : undefined))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, behaviour, requests, close }
}

const basic = ({ username, password }: { readonly username: string; readonly password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

/** CGI, as gitprotocol-http(5) and git-http-backend(1) have it. */
function backend(root: string, request: IncomingMessage, response: ServerResponse, behaviour: Behaviour): void {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const header = (name: string): string => String(request.headers[name] ?? '')
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      HTTP_GIT_PROTOCOL: header('git-protocol'),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {})
  request.pipe(child.stdin)
  response.on('close', () => child.kill('SIGKILL'))
  const isPack = url.pathname.endsWith('/git-upload-pack')
  let head: Buffer | null = Buffer.alloc(0)
  let sent = 0
  child.stdout.on('data', (chunk: Buffer) => {
    let body = chunk
    if (head !== null) {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      writeHead(response, head.toString('latin1', 0, end))
      body = head.subarray(end + 4)
      head = null
    }
    sent = send(response, body, sent, isPack ? behaviour : {})
  })
  const isStalled = () => isPack && sent >= (behaviour.stallAfterBytes ?? Number.POSITIVE_INFINITY)
  child.on('close', () => isStalled() || response.end())
}

function writeHead(response: ServerResponse, text: string): void {
  const headers = text.split('\r\n').map(line => line.split(/: */, 2) as [string, string])
  const status = headers.find(([name]) => name.toLowerCase() === 'status')?.[1] ?? '200'
  response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers.filter(([name]) => name !== 'Status')))
}

function send(response: ServerResponse, body: Buffer, sent: number, behaviour: Behaviour): number {
  const most = behaviour.cutAfterBytes ?? behaviour.stallAfterBytes ?? Number.POSITIVE_INFINITY
  const part = body.subarray(0, Math.max(0, most - sent))
  if (part.length > 0) response.write(part)
  if (behaviour.cutAfterBytes !== undefined && sent + body.length >= most) setTimeout(() => response.destroy(), 50)
  return sent + part.length
}
