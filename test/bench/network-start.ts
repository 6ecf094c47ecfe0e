/**
 * A container with an interface on a bridge: from the order to start it to the first line of its payload, inside a process that
 * is up, beside the kernel's own price of the same (floor.c, veth.h); and with a published port, from the command, or the write
 * of a manifest under a watcher, to that line, beside `docker run` and `podman run`.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../integration/core-lab.ts'
import { removeCgroups } from '../support/engine-cgroups.ts'
import { hierarchy, type Lab, makeLab } from '../support/lab.ts'
import { bench, type Bench } from './support/bench.ts'
import { command } from './support/command.ts'
import { isInstalled } from './support/machine.ts'
import { isInOwnNetwork, openBridgedDocker } from './support/own-network.ts'
import { compiled, smallRoot } from './support/payloads.ts'
import { openPodman } from './support/podman.ts'
import { openStarts } from './support/started-in-process.ts'
import { median, printAim, printTable } from './support/table.ts'

const rounds = 15
const turns = 10
const eachTurn = 4
const controllers = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids']
/** Writes the clock's time, and stays. */
const payload = ['/bin/busybox', 'sh', '-c', '/stamp > /srv/stamp; exec /bin/busybox sleep 1000']
const limits = ['--memory', '64m', '--pids-limit', '100', '--cpu-shares', '512']
const podmanLimits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000']
const network = 'apiVersion: reconcile/v1\nkind: Network\nmetadata: { name: bench }\n'

if (isInOwnNetwork())
  await bench(async context => {
    const root = smallRoot(context.folder)
    const { floor, inProcess } = await besideTheFloor(context, root)
    const samples = {
      once: await byOnce(context, root),
      watcher: await byWatcher(context, root),
      docker: ['docker', 'dockerd', 'iptables'].every(isInstalled) ? await byDocker(context, root) : [],
      podman: isInstalled('podman') ? await byPodman(context, root) : [],
    }
    printTable('a container that is there, on a network, to the payload', 'ms', [
      { name: 'start-container', samples: inProcess, note: 'in a process that is up; no port, no plan' },
      { name: 'kernel floor', samples: floor, note: 'with a veth pair' },
    ])
    printAim('a start beside the floor', median(inProcess) / median(floor), 1.8)
    printTable('network and port, to the payload', 'ms', [
      { name: 'reconcile DIR', samples: samples.watcher, note: 'from the write of a manifest under a watcher' },
      { name: 'reconcile --once', samples: samples.once },
      ...(samples.docker.length > 0 ? [{ name: 'docker run -d -p', samples: samples.docker }] : []),
      ...(samples.podman.length > 0 ? [{ name: 'podman run -d -p', samples: samples.podman }] : []),
    ])
    if (samples.docker.length > 0) printAim('beside docker', median(samples.watcher) / median(samples.docker), 1 / 15)
    if (samples.podman.length > 0) printAim('beside podman', median(samples.watcher) / median(samples.podman), 1 / 15)
  })

/** By turns, in one process. */
async function besideTheFloor(context: Bench, root: string): Promise<{ floor: number[]; inProcess: number[] }> {
  const work = join(context.folder, 'work')
  mkdirSync(work)
  const cgroup = `reconcile-floor-${process.pid}`
  context.after(() => removeCgroups(cgroup))
  for (const words of ['link add floor0 type bridge', 'address add 10.254.7.1/24 dev floor0', 'link set floor0 up'])
    command('ip', ...words.split(' '))
  const program = compiled('floor', context.folder)
  const places = [...new Set(controllers.map(hierarchy))]
  const started = await openStarts(context, root)
  const [floor, inProcess]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < turns; turn++) {
    const said = command('env', 'FLOOR_BRIDGE=floor0', program, `${eachTurn}`, root, work, cgroup, ...places)
    floor.push(
      ...said
        .trim()
        .split('\n')
        .map(nanoseconds => Number(nanoseconds) / 1e6),
    )
    for (let i = 0; i < eachTurn; i++) inProcess.push(await started())
  }
  command('ip', 'link', 'delete', 'floor0')
  return { floor, inProcess }
}

async function byOnce(context: Bench, root: string): Promise<number[]> {
  const lab = makeLab(context)
  lab.write('network.yaml', network)
  lab.write('first.yaml', manifest('first', root, stampFolder(context, 'first'), 8079))
  await lab.expect(0, '--once', lab.manifests)
  return each(async round => {
    const folder = stampFolder(context, `once-${round}`)
    lab.write('c.yaml', manifest('one', root, folder, 8080))
    const ms = await stamped(folder, () => void lab.reconcile('--once', lab.manifests))
    await goneFromLab(lab)
    return ms
  }).finally(() => lab.expect(0, 'down', lab.manifests))
}

async function goneFromLab(lab: Lab): Promise<void> {
  rmSync(`${lab.manifests}/c.yaml`)
  await until(async () => (await lab.reconcile('--once', lab.manifests)).code === 0, 'the removal')
}

async function byWatcher(context: Bench, root: string): Promise<number[]> {
  const lab = makeLab(context)
  lab.write('network.yaml', network)
  lab.write('first.yaml', manifest('first', root, stampFolder(context, 'watched'), 8079))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const samples = await each(async round => {
    const folder = stampFolder(context, `watch-${round}`)
    const ms = await stamped(folder, () => void lab.write(`c${round}.yaml`, manifest(`c${round}`, root, folder, 8080)))
    rmSync(`${lab.manifests}/c${round}.yaml`)
    await watcher.until(new RegExp(`c${round} +.*removed`))
    return ms
  })
  await watcher.kill('SIGTERM')
  await lab.expect(0, 'down', lab.manifests)
  return samples
}

async function byDocker(context: Bench, root: string): Promise<number[]> {
  const engine = await openBridgedDocker(context, root)
  return each(async round => {
    const folder = stampFolder(context, `docker-${round}`)
    const options = ['--name', 'one', '--publish', '8080:80', '--volume', `${folder}:/srv`, ...limits]
    const ms = await stamped(folder, () => void engine.docker('run', '--detach', ...options, 'bench', ...payload))
    engine.docker('rm', '--force', 'one')
    return ms
  })
}

async function byPodman(context: Bench, root: string): Promise<number[]> {
  const { podman } = await openPodman(context, root)
  return each(async round => {
    const folder = stampFolder(context, `podman-${round}`)
    const options = ['--name', 'one', '--publish', '8080:80', '--volume', `${folder}:/srv`, ...limits, ...podmanLimits]
    const run = () => void podman('run', '--detach', ...options, '--rootfs', `${root}:O`, ...payload)
    const ms = await stamped(folder, run)
    podman('rm', '--force', '--time', '0', 'one')
    return ms
  })
}

/** From the order to the payload's own word of when it began. */
async function stamped(folder: string, order: () => void): Promise<number> {
  const begun = Number(process.hrtime.bigint())
  order()
  return ((await until(() => stampIn(folder), 'the payload')) - begun) / 1e6
}

function stampIn(folder: string): number | null {
  try {
    return Number(readFileSync(join(folder, 'stamp'), 'utf8').trim()) || null
  } catch {
    return null
  }
}

function stampFolder({ folder }: Bench, name: string): string {
  const path = join(folder, 'stamps', name)
  mkdirSync(path, { recursive: true })
  return path
}

async function each(one: (round: number) => Promise<number>): Promise<number[]> {
  const samples: number[] = []
  for (let round = 0; round < rounds; round++) samples.push(await one(round))
  return samples
}

function manifest(name: string, root: string, folder: string, port: number): string {
  return `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: ${root}
  command: ${JSON.stringify(payload)}
  mounts: [{ type: bind, source: ${folder}, target: /srv }]
  networks: [bench]
  ports: ["${port}:80"]
  stop: { grace: 0s }
  limits: { memory: 64Mi, pids: 100, cpuShares: 512 }
`
}
