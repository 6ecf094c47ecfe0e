import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { labPrefix } from './leaks.ts'
import { removeCgroups } from './engine-cgroups.ts'
import { warningsIn } from './engine-log.ts'

/** A dockerd and its containerd, with sockets, state, mounts, cgroups and network of their own, on a data-root that they may write to. */
export type StockEngine = {
  /** Runs the command-line client; gives its output, throws when it fails. */
  readonly docker: (...args: readonly string[]) => string
  /** The same, whatever comes of it. */
  readonly attempt: (...args: readonly string[]) => { readonly code: number | null; readonly output: string }
  /** for other clients of it */
  readonly env: NodeJS.ProcessEnv
  /** of both */
  readonly pids: readonly number[]
  /** Ends both; gives the lines of the engine's log that warn, but for those that it writes on an empty data-root too. */
  readonly stop: () => Promise<readonly string[]>
}

const patienceMs = 30_000

type Driver = 'overlay2' | 'vfs'

export async function startEngine(root: string, driver: Driver = 'overlay2'): Promise<StockEngine> {
  const usual = await usualWarnings[driver]()
  const engine = await launchEngine(root, driver)
  return { ...engine, stop: async () => (await engine.stop()).filter(line => !usual.has(line)) }
}

/** Of this kernel, and of how the engine is started here. */
const usualWarnings = {
  overlay2: onceMade(() => warningsOnNothing('overlay2')),
  vfs: onceMade(() => warningsOnNothing('vfs')),
}

async function warningsOnNothing(driver: Driver): Promise<ReadonlySet<string>> {
  const root = mkdtempSync(`${labPrefix}engine-root-`)
  try {
    return new Set(await (await launchEngine(root, driver)).stop())
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/**
 * host: it reaches what listens on this host's loopback; it is told to leave all else of it alone. bridged: the same, and it
 * makes bridges, routes and iptables' rules as it does by default, which is for who is in a network namespace of its own. own-bridged:
 * it does that in its own.
 */
type EngineNetwork = 'own' | 'host' | 'bridged' | 'own-bridged'

const isOwn = (network: EngineNetwork): boolean => network.startsWith('own')

export async function launchEngine(root: string, driver: Driver, network: EngineNetwork = 'own'): Promise<StockEngine> {
  // unix sockets have short names
  const run = mkdtempSync(`${labPrefix}engine-`)
  const cgroup = `reconcile-${basename(run)}`
  const children: ChildProcess[] = []
  const env = { ...process.env, DOCKER_HOST: `unix://${run}/d.sock`, DOCKER_CONFIG: join(run, 'client') }
  const client = (args: readonly string[]) =>
    spawnSync('docker', args, { encoding: 'utf8', env, timeout: patienceMs, maxBuffer: 1 << 26 })
  const attempt = (...args: readonly string[]) => {
    const { status, stdout, stderr } = client(args)
    return { code: status, output: `${stdout}${stderr}` }
  }
  const docker = (...args: readonly string[]) => {
    const result = client(args)
    if (result.status !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr || result.error?.message}`)
    return result.stdout
  }
  const stop = async () => {
    for (const child of [...children].reverse()) await end(child)
    const log = existsSync(`${run}/dockerd.log`) ? readFileSync(`${run}/dockerd.log`, 'utf8') : ''
    removeCgroups(cgroup)
    rmSync(run, { recursive: true, force: true })
    return warningsIn(log, { root, run })
  }
  try {
    mkdirSync(env.DOCKER_CONFIG)
    writeFileSync(`${run}/containerd.toml`, containerdConfig(run))
    const containerd = launch(run, 'containerd', [
      ...isolated(network),
      'containerd',
      '--config',
      `${run}/containerd.toml`,
    ])
    children.push(containerd)
    await until(() => containerd.exitCode !== null || existsSync(`${run}/c.sock`), 'containerd')
    // containerd's children mount what dockerd has mounted
    const beside = ['nsenter', `--target=${containerd.pid}`, '--mount', ...(isOwn(network) ? ['--net'] : [])]
    children.push(
      launch(run, 'dockerd', [
        ...beside,
        'dockerd',
        ...engineArguments(root, run, driver, network),
        `--cgroup-parent=/${cgroup}`,
      ]),
    )
    await until(() => children[1]?.exitCode !== null || answers(`${run}/d.sock`), 'dockerd')
    if (children[1]?.exitCode !== null) throw new Error(readFileSync(`${run}/dockerd.log`, 'utf8').slice(-2000))
    return { docker, attempt, env, pids: children.map(({ pid = 0 }) => pid), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * What they mount, dockerd its data-root onto itself for one, is in a mount namespace that ends with them: no clean-up is
 * needed. So it is with what they make in places of /run that no option changes.
 */
const isolated = (network: EngineNetwork) => [
  'unshare',
  '--mount',
  ...(isOwn(network) ? ['--net'] : []),
  '--propagation=private',
  'sh',
  '-c',
  `mount -t tmpfs tmpfs /run && ${network === 'own-bridged' ? 'ip link set lo up && ' : ''}exec "$@"`,
  'sh',
]

function launch(run: string, name: string, [command = '', ...args]: readonly string[]): ChildProcess {
  const log = openSync(`${run}/${name}.log`, 'a')
  return spawn(command, args, { stdio: ['ignore', log, log] })
}

function engineArguments(root: string, run: string, driver: string, network: EngineNetwork): string[] {
  // an engine of this version makes a key in /etc otherwise; later ones don't know the option
  const isOld = spawnSync('sh', ['-c', 'dockerd --version'], { encoding: 'utf8' }).stdout.includes(' 20.10.')
  writeFileSync(`${run}/daemon.json`, JSON.stringify(isOld ? { 'deprecated-key-path': `${run}/key.json` } : {}))
  return [
    `--config-file=${run}/daemon.json`,
    `--data-root=${root}`,
    `--exec-root=${run}/exec`,
    `--pidfile=${run}/dockerd.pid`,
    `--host=unix://${run}/d.sock`,
    `--containerd=${run}/c.sock`,
    `--storage-driver=${driver}`,
    ...(network.endsWith('bridged') ? [] : withoutNetwork),
  ]
}

const withoutNetwork = [
  '--bridge=none',
  '--iptables=false',
  '--ip6tables=false',
  '--ip-forward=false',
  '--ip-masq=false',
  '--userland-proxy=false',
]

const containerdConfig = (run: string) => `version = 2
root = "${run}/containerd"
state = "${run}/containerd-state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${run}/c.sock"
`

const answers = (socketPath: string) =>
  new Promise<boolean>(resolve => {
    const request = get({ socketPath, path: '/_ping' }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => resolve(false))
  })

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const endMs = performance.now() + patienceMs; !(await isSo()); await setTimeout(50)) {
    if (performance.now() > endMs) throw new Error(`${what} did not come up`)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const late = new AbortController()
  await Promise.race([
    gone,
    setTimeout(patienceMs, undefined, { signal: late.signal }).then(() => child.kill('SIGKILL')),
  ])
  late.abort()
  await gone
}

function onceMade<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}
