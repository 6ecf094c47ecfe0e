import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { labPrefix } from './leaks.ts'

/** A dockerd and its containerd, with sockets, state and network of their own, on a data-root that they may write to. */
export type StockEngine = {
  /** Runs the command-line client; gives its output, throws when it fails. */
  readonly docker: (...args: readonly string[]) => string
  /** Ends both; gives the lines of the engine's log that warn, but for those about this kernel. */
  readonly stop: () => Promise<readonly string[]>
}

const patienceMs = 30_000

export async function startEngine(root: string): Promise<StockEngine> {
  // unix sockets have short names
  const run = mkdtempSync(`${labPrefix}engine-`)
  const children: ChildProcess[] = []
  const env = { ...process.env, DOCKER_HOST: `unix://${run}/d.sock`, DOCKER_CONFIG: join(run, 'client') }
  const docker = (...args: readonly string[]) => {
    const result = spawnSync('docker', args, { encoding: 'utf8', env, timeout: patienceMs, maxBuffer: 1 << 26 })
    if (result.status !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr || result.error?.message}`)
    return result.stdout
  }
  const stop = async () => {
    for (const child of [...children].reverse()) await end(child)
    const log = existsSync(`${run}/dockerd.log`) ? readFileSync(`${run}/dockerd.log`, 'utf8') : ''
    rmSync(run, { recursive: true, force: true })
    return log.split('\n').filter(isWarning)
  }
  try {
    mkdirSync(env.DOCKER_CONFIG)
    writeFileSync(`${run}/containerd.toml`, containerdConfig(run))
    children.push(launch(run, 'containerd', ['--config', `${run}/containerd.toml`]))
    await until(() => existsSync(`${run}/c.sock`), 'containerd')
    children.push(launch(run, 'dockerd', engineArguments(root, run)))
    const answers = () => spawnSync('docker', ['version'], { env, stdio: 'ignore', timeout: patienceMs }).status === 0
    await until(() => children[1]?.exitCode !== null || answers(), 'dockerd')
    if (children[1]?.exitCode !== null) throw new Error(readFileSync(`${run}/dockerd.log`, 'utf8').slice(-2000))
    return { docker, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What it mounts, its data-root onto itself for one, is in a mount namespace that ends with it: no clean-up is needed. */
function launch(run: string, command: string, args: readonly string[]): ChildProcess {
  const log = openSync(`${run}/${command}.log`, 'a')
  const isolated = ['--mount', '--net', '--propagation', 'private', command, ...args]
  return spawn('unshare', isolated, { stdio: ['ignore', log, log] })
}

function engineArguments(root: string, run: string): string[] {
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
    '--storage-driver=overlay2',
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
    '--ip-forward=false',
    '--ip-masq=false',
    '--userland-proxy=false',
  ]
}

const containerdConfig = (run: string) => `version = 2
root = "${run}/containerd"
state = "${run}/containerd-state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${run}/c.sock"
`

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (const endMs = performance.now() + patienceMs; !isSo(); await setTimeout(50)) {
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

const isWarning = (line: string) =>
  /level=(warning|error|fatal|panic)|^panic/.test(line) &&
  !/Your kernel does not support|WARNING: No|API is accessible/.test(line)
