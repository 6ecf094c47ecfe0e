import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { labPrefix } from './leaks.ts'

/** A registry of Debian's docker-registry package, on loopback, with a storage of its own. */
export type RegistryServer = {
  /** `127.0.0.1:port` */
  readonly host: string
  readonly folder: string
  /** ends it by its pid and removes its storage */
  stop(): Promise<void>
}

export type ServerKind =
  /** on any free port, or on this one */
  | { readonly kind: 'plain'; readonly port?: number }
  /** TLS by a CA of its own, and Basic authentication: `user` with `password` */
  | { readonly kind: 'closed' }

export const user = 'ali'
export const password = 'open sesame'
/** bcrypt of the password, the only form that the registry reads */
const passwordFile = `${user}:$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy\n`

/** The CA's certificate lies in `folder/ca.crt`. */
export async function startRegistry(server: ServerKind): Promise<RegistryServer> {
  const folder = mkdtempSync(`${labPrefix}registry-`)
  const isClosed = server.kind === 'closed'
  const port = isClosed ? undefined : server.port
  const host = `127.0.0.1:${port ?? (await freePort())}`
  if (isClosed) makeCertificates(folder)
  if (isClosed) writeFileSync(join(folder, 'htpasswd'), passwordFile)
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configuration(folder, host, isClosed)))
  const env = { PATH: process.env['PATH'] ?? '', OTEL_TRACES_EXPORTER: 'none' }
  const child = spawn('docker-registry', ['serve', join(folder, 'config.json')], { stdio: 'ignore', env })
  await Promise.race([
    accepting(host),
    once(child, 'exit').then(() => Promise.reject(new Error('docker-registry ended at once'))),
    once(child, 'error').then(([error]) => Promise.reject(error as Error)),
  ])
  return {
    host,
    folder,
    stop: async () => {
      if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** JSON is YAML. */
const configuration = (folder: string, addr: string, isClosed: boolean) => ({
  version: 0.1,
  log: { accesslog: { disabled: true }, level: 'error' },
  storage: { filesystem: { rootdirectory: join(folder, 'storage') }, delete: { enabled: true } },
  http: {
    addr,
    ...(isClosed ? { tls: { certificate: join(folder, 'host.crt'), key: join(folder, 'host.key') } } : {}),
  },
  ...(isClosed ? { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } } : {}),
})

function makeCertificates(folder: string): void {
  const openssl = (...args: string[]) => {
    const ran = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8', timeout: 20_000 })
    if (ran.status !== 0) throw new Error(`openssl ${args[0]}: ${ran.stderr}`)
  }
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=a test CA')
  openssl('req', ...key, '-keyout', 'host.key', '-out', 'host.csr', '-subj', '/CN=localhost')
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  openssl('x509', '-req', '-in', 'host.csr', '-out', 'host.crt', ...signed)
}

/** A directory as /etc/docker/certs.d that trusts the closed server's CA. */
export function trustDirectory(server: RegistryServer, host = server.host): string {
  const directory = join(server.folder, 'certs.d')
  mkdirSync(join(directory, host), { recursive: true })
  copyFileSync(join(server.folder, 'ca.crt'), join(directory, host, 'ca.crt'))
  return directory
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function accepting(host: string): Promise<void> {
  const [address, port] = host.split(':')
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const socket = connect(Number(port), address)
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await sleep(50)
  }
  throw new Error(`nothing accepts connections at ${host}`)
}
