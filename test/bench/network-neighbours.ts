/**
 * Docker, podman and two data-roots of ours in one network namespace: none may disturb another, and what `down` leaves must be
 * what was there before, byte for byte. Then what each of them does when somebody breaks its network by hand: how long its
 * published port does not answer. Ends with 1 where somebody is disturbed.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostCommand } from '../support/host-command.ts'
import { type Lab, makeLab } from '../support/lab.ts'
import { bench, type Bench } from './support/bench.ts'
import { isInstalled } from './support/machine.ts'
import { isInOwnNetwork, openBridgedDocker } from './support/own-network.ts'
import { smallRoot } from './support/payloads.ts'
import { openPodman } from './support/podman.ts'

const patienceMs = 10_000
const settlingMs = 5000
const payload = ['/bin/busybox', 'httpd', '-f', '-p', '80', '-h', '/bin']
/** Where nobody may raise a hard limit. */
const podmanLimits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000']
const say = (line: string) => void process.stdout.write(`${line}\n`)
const ip = (...words: string[]) => hostCommand('ip', ...words)
const facts = () =>
  [ip('link'), ip('route'), ip('-6', 'route'), hostCommand('nft', 'list', 'ruleset')].map(withoutCounters).join('\n')
/** Of docker's and podman's rules; and the age of IPv6 routes. */
const withoutCounters = (text: string) => text.replace(/counter packets \d+ bytes \d+/g, 'counter')

/** Whoever serves a port, and how its network is broken. `pid`: of the container's first process */
type Server = {
  readonly name: string
  readonly port: number
  readonly pid: () => Promise<number>
  /** as somebody would who sees that it doesn't answer */
  readonly renew: () => Promise<unknown>
  readonly end: () => Promise<unknown>
}

const kinds: readonly (readonly [what: string, spoil: (pid: number) => void])[] = [
  ['pair deleted', pid => inside(pid, 'ip', 'link', 'delete', 'eth0')],
  ['address removed', pid => inside(pid, 'ip', 'address', 'flush', 'dev', 'eth0')],
  ['default route removed', pid => inside(pid, 'ip', 'route', 'flush', 'default')],
  ['forwarding off', () => hostCommand('sysctl', '-q', '-w', 'net.ipv4.ip_forward=0')],
  ['ruleset flushed', () => hostCommand('nft', 'flush', 'ruleset')],
]
/** The first of these: the others are everybody's. */
const ofOneContainer = 3

/** Until its port answers by the address of this host again; what nobody has healed in time is renewed before the next. */
async function broken({ name, port, pid, renew }: Server, all: typeof kinds): Promise<void> {
  for (const [what, spoil] of all) {
    if (!isWhole(await pid(), port) || !answers(port)) await renew()
    const process = await pid()
    spoil(process)
    const ms = await within(() => isWhole(process, port) && answers(port), patienceMs)
    const isKept = (await pid()) === process
    const healed = `${Math.round(ms ?? 0)} ms, ${isKept ? 'the same process' : 'another process'}`
    say(`${name}: ${what}: ${ms === null ? `not healed in ${patienceMs / 1000} s` : healed}`)
  }
}

const inside = (pid: number, ...words: string[]) => void hostCommand('nsenter', '--net', `--target=${pid}`, ...words)

/** What answers may be a proxy: routes, forwarding and rules are looked at themselves. */
function isWhole(pid: number, port: number): boolean {
  try {
    const routes = hostCommand('nsenter', '--net', `--target=${pid}`, 'ip', 'route')
    const forwards = hostCommand('sysctl', '-n', 'net.ipv4.ip_forward').trim() === '1'
    return forwards && routes.includes('default') && hostCommand('nft', 'list', 'ruleset').includes(`dport ${port}`)
  } catch {
    return false
  }
}

function answers(port: number): boolean {
  try {
    return (
      hostCommand(
        'curl',
        '-s',
        '-m',
        '1',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        `http://192.0.2.1:${port}/busybox`,
      ) === '200'
    )
  } catch {
    return false
  }
}

async function within(holds: () => boolean, limitMs: number): Promise<number | null> {
  const begun = performance.now()
  while (!holds()) {
    if (performance.now() - begun > limitMs) return null
    await sleep(20)
  }
  return performance.now() - begun
}

/** An address of this host that is neither the loopback's nor anybody's bridge's. */
function outside(): void {
  ip('link', 'add', 'wan', 'type', 'bridge')
  ip('address', 'add', '192.0.2.1/24', 'dev', 'wan')
  ip('link', 'set', 'wan', 'up')
}

async function check(what: string, servers: readonly Server[]): Promise<void> {
  for (const { name, port } of servers)
    judge((await within(() => answers(port), 5000)) !== null, `${name} answers ${what}`)
}

function judge(isSo: boolean, what: string, more: () => string = () => ''): void {
  if (!isSo) process.exitCode = 1
  say(isSo ? `fine  ${what}` : `WRONG ${what}\n${more()}`)
}

async function ours(context: Bench, root: string, port: number): Promise<Server> {
  const lab: Lab = makeLab(context)
  const { manifests } = lab
  lab.write('all.yaml', manifest(root, port))
  const watcher = lab.watch(manifests)
  await watcher.until(/watching/)
  const end = async () => {
    await watcher.kill('SIGTERM')
    return lab.expect(0, 'down', manifests)
  }
  return { name: `reconcile ${port}`, port, pid: () => lab.pid('one'), renew: async () => {}, end }
}

async function byDocker(context: Bench, root: string): Promise<Server> {
  const engine = await openBridgedDocker(context, root)
  engine.docker('run', '--detach', '--name', 'one', '--restart', 'always', '--publish', '8080:80', 'bench', ...payload)
  const pid = async () => Number(engine.docker('inspect', '--format', '{{.State.Pid}}', 'one'))
  const renew = async () => {
    hostCommand('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1')
    engine.docker('restart', '--time', '0', 'one')
  }
  return { name: 'docker', port: 8080, pid, renew, end: async () => engine.docker('rm', '--force', 'one') }
}

async function byPodman(context: Bench, root: string): Promise<Server> {
  mkdirSync(join(context.folder, 'served'))
  const { podman } = await openPodman(context, root)
  context.after(() => podman('rm', '--force', '--time', '0', 'one'))
  podman(
    'run',
    '--detach',
    '--name',
    'one',
    '--restart',
    'always',
    '--publish',
    '8081:80',
    ...podmanLimits,
    '--rootfs',
    `${root}:O`,
    ...payload,
  )
  const pid = async () => Number(podman('inspect', '--format', '{{.State.Pid}}', 'one'))
  const renew = async () => {
    hostCommand('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1')
    podman('restart', '--time', '0', 'one')
  }
  return { name: 'podman', port: 8081, pid, renew, end: async () => podman('rm', '--force', '--time', '0', 'one') }
}

const manifest = (root: string, port: number) => `apiVersion: reconcile/v1
kind: Network
metadata: { name: bench }
---
apiVersion: reconcile/v1
kind: Container
metadata: { name: one }
spec:
  rootfs: ${root}
  command: ${JSON.stringify(payload)}
  networks: [bench]
  ports: ["${port}:80"]
  stop: { grace: 0s }
`

if (isInOwnNetwork())
  await bench(async context => {
    const root = smallRoot(context.folder)
    outside()
    const others: Server[] = []
    if (['docker', 'dockerd', 'iptables'].every(isInstalled)) others.push(await byDocker(context, root))
    if (isInstalled('podman')) others.push(await byPodman(context, root))
    await check('alone', others)
    // the kernel finds its own IPv6 addresses of their links usable after a while, and makes routes of them then
    await sleep(settlingMs)
    const before = facts()
    const own = [await ours(context, root, 8001), await ours(context, root, 8002)]
    await check('beside two data-roots of ours', [...others, ...own])
    for (const server of own) await broken(server, kinds.slice(0, ofOneContainer))
    await check('after ours were broken and healed', [...others, ...own])
    for (const { end } of own) await end()
    judge(facts() === before, 'links, routes and rules after `down` are as before, byte for byte', facts)
    await check('after `down`', others)
    for (const server of others) await broken(server, kinds)
    await broken(await ours(context, root, 8003), kinds)
  })
