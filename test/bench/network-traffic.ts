/**
 * What a TCP stream carries and what questions and their answers take: between two containers of a network, from the host to a
 * published port by rules, and by the proxy (::1), beside docker's and beside the loopback.
 */
import { spawn } from 'node:child_process'
import { hereAddress } from '../support/net-place.ts'
import { makeLab } from '../support/lab.ts'
import { until } from '../integration/core-lab.ts'
import { bench, type Bench } from './support/bench.ts'
import { command } from './support/command.ts'
import { isInstalled } from './support/machine.ts'
import { isInOwnNetwork, openBridgedDocker } from './support/own-network.ts'
import { smallRoot } from './support/payloads.ts'
import { median, printTable } from './support/table.ts'

const rounds = 5
const ports = { iperf: 5201, redis: 6379 }
const serve = `redis-server --port ${ports.redis} --save '' --bind '*' --protected-mode no >/dev/null & exec iperf3 --server >/dev/null`
const host = hereAddress.ipv4

/** Runs a client's command, here or in a container; its output. */
type Run = (...words: readonly string[]) => string
type Path = {
  readonly name: string
  readonly run: Run
  readonly to: string /** added to the server's ports */
  readonly shift: number
}

const here: Run = (...[binary = '', ...args]) => command(binary, ...args)

if (isInOwnNetwork())
  await bench(async context => {
    command('ip', 'link', 'add', 'wan', 'type', 'bridge')
    command('ip', 'address', 'add', `${host}/24`, 'dev', 'wan')
    command('ip', 'link', 'set', 'wan', 'up')
    const paths = [
      loopback(context),
      ...(await ofOurs(context)),
      ...(['docker', 'dockerd', 'iptables'].every(isInstalled) ? await ofDocker(context) : []),
    ]
    const gbits = new Map<Path, number[]>(paths.map(path => [path, []]))
    const micros = new Map<Path, number[]>(paths.map(path => [path, []]))
    const many = new Map<Path, number[]>(paths.map(path => [path, []]))
    for (let round = 0; round < rounds; round++)
      for (const path of paths) {
        gbits.get(path)?.push(throughput(path))
        micros.get(path)?.push(1e6 / questions(path, 1))
        many.get(path)?.push(questions(path, 50) / 1000)
      }
    const rows = (samples: ReadonlyMap<Path, readonly number[]>) =>
      paths.map(path => ({ name: path.name, samples: samples.get(path) ?? [] }))
    printTable('one TCP stream', 'Gbit/s', rows(gbits))
    printTable('a PING of redis, its answer awaited', 'µs', rows(micros))
    printTable('PINGs of 50 clients', 'thousand a second', rows(many))
    for (const [name, ours, theirs] of [
      ['container to container', 1, 4],
      ['to a published port', 2, 5],
      ['to a published port by the proxy', 3, 6],
    ] as const) {
      const ratio = (samples: ReadonlyMap<Path, readonly number[]>) =>
        (median(rows(samples)[ours]?.samples ?? []) / median(rows(samples)[theirs]?.samples ?? [])).toFixed(2)
      if (paths.length > theirs)
        process.stdout.write(
          `${name}: ${ratio(gbits)} × docker's throughput, ${ratio(micros)} × its time, ${ratio(many)} × its questions\n`,
        )
    }
  })

function portOf({ shift }: Path, port: number): number {
  return port + shift
}

function throughput(path: Path): number {
  const said = path.run('iperf3', '-c', path.to, '-p', `${portOf(path, ports.iperf)}`, '-t', '1', '--json')
  return JSON.parse(said).end.sum_received.bits_per_second / 1e9
}

/** How many a second; each client has one after the other answered. */
function questions(path: Path, clients: number): number {
  const place = ['-h', path.to, '-p', `${portOf(path, ports.redis)}`]
  const count = `${clients === 1 ? 5000 : 50_000}`
  const said = path.run('redis-benchmark', ...place, '-c', `${clients}`, '-n', count, '-t', 'ping_mbulk', '--csv')
  const [, perSecond] = /"PING_MBULK","([\d.]+)"/.exec(said) ?? []
  return Number(perSecond)
}

function loopback({ after }: Bench): Path {
  const server = spawn('sh', ['-c', serve], { stdio: 'ignore', detached: true })
  after(() => process.kill(-(server.pid ?? 0), 'SIGKILL'))
  return { name: 'loopback', run: here, to: '127.0.0.1', shift: 0 }
}

async function ofOurs(context: Bench): Promise<Path[]> {
  const lab = makeLab(context)
  context.after(() => lab.expect(0, 'down', lab.manifests))
  const container = (name: string, more: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  networks: [bench]
  stop: { signal: SIGKILL }
  ${more}
`
  lab.write('network.yaml', 'apiVersion: reconcile/v1\nkind: Network\nmetadata: { name: bench }\n')
  const published = Object.values(ports).map(port => `${port + 10_000}:${port}`)
  lab.write(
    'server.yaml',
    container('server', `command: [sh, -c, ${JSON.stringify(serve)}]\n  ports: ${JSON.stringify(published)}`),
  )
  lab.write('client.yaml', container('client', "command: [sleep, '100000']"))
  await lab.expect(0, '--once', lab.manifests)
  const pid = await lab.pid('client')
  const inside: Run = (...words) => command('nsenter', '--net', '--mount', `--target=${pid}`, ...words)
  await answers({ name: '', run: inside, to: 'server', shift: 0 })
  return [
    { name: 'ours, container to container', run: inside, to: 'server', shift: 0 },
    { name: 'ours, host to published port', run: here, to: host, shift: 10_000 },
    { name: 'ours, by the proxy', run: here, to: '::1', shift: 10_000 },
  ]
}

async function ofDocker(context: Bench): Promise<Path[]> {
  const { docker } = await openBridgedDocker(context, smallRoot(context.folder))
  const binds = ['/usr', '/lib', '/lib64'].flatMap(path => ['--volume', `${path}:${path}:ro`])
  const ours = ['--detach', '--network', 'bench', ...binds]
  docker('network', 'create', 'bench')
  const published = Object.values(ports).flatMap(port => ['--publish', `${port + 20_000}:${port}`])
  docker(
    'run',
    ...ours,
    '--name',
    'server',
    ...published,
    'bench',
    '/bin/busybox',
    'sh',
    '-c',
    `PATH=/usr/bin:/bin; ${serve}`,
  )
  docker('run', ...ours, '--name', 'client', 'bench', '/bin/busybox', 'sleep', '100000')
  context.after(() => docker('rm', '--force', 'server', 'client'))
  const inside: Run = (...words) => docker('exec', 'client', ...words)
  await answers({ name: '', run: inside, to: 'server', shift: 0 })
  return [
    { name: 'docker, container to container', run: inside, to: 'server', shift: 0 },
    { name: 'docker, host to published port', run: here, to: host, shift: 20_000 },
    { name: 'docker, by its docker-proxy', run: here, to: '::1', shift: 20_000 },
  ]
}

async function answers(path: Path): Promise<void> {
  await until(() => {
    try {
      return path.run('redis-cli', '-h', path.to, 'ping').includes('PONG')
    } catch {
      return false
    }
  }, `redis at ${path.to}`)
}
