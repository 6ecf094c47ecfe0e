/** A payload dies by SIGKILL: how long until the first line of its successor, beside docker's and podman's `--restart always`. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../integration/core-lab.ts'
import { makeLab } from '../support/lab.ts'
import { bench, type Bench } from './support/bench.ts'
import { openDocker } from './support/docker.ts'
import { isInstalled } from './support/machine.ts'
import { type Running, smallRoot } from './support/payloads.ts'
import { openPodman } from './support/podman.ts'
import { median, printAim, printTable } from './support/table.ts'
import { containerText } from '../support/manifest-text.ts'

/** Each is killed once: the first restart is at once, or as soon as an engine ever does it. */
const count = 10
/** Writes the clock's time to a file of its own, and stays. */
const command = ['/bin/busybox', 'sh', '-c', '/stamp >> /srv/stamps; exec /bin/busybox sleep 1000']
const rest = '  stop: { grace: 0s }\n  limits: { memory: 64Mi, pids: 100, cpuShares: 512 }\n'

await bench(async context => {
  const root = smallRoot(context.folder)
  const folders = (name: string) => Array.from({ length: count }, (_, i) => made(join(context.folder, name, `${i}`)))
  const ours = await killEach(await ofOurs(context, root, folders('ours')))
  const docker = ['docker', 'dockerd', 'containerd'].every(isInstalled)
    ? await killEach((await openDocker(context, root)).keepRunning(folders('docker'), command))
    : []
  const podman = isInstalled('podman')
    ? await killEach((await openPodman(context, root)).keepRunning(folders('podman'), command))
    : []
  printTable('from SIGKILL to the successor', 'ms', [
    { name: 'reconcile DIR', samples: ours },
    ...(docker.length > 0 ? [{ name: 'docker run --restart always', samples: docker }] : []),
    ...(podman.length > 0 ? [{ name: 'podman run --restart always', samples: podman }] : []),
  ])
  printAim('p50', median(ours), 10, 'ms')
  if (docker.length > 0) printAim('beside docker', median(ours) / median(docker), 1 / 30)
  if (podman.length > 0) printAim('beside podman', median(ours) / median(podman), 1 / 30)
})

async function ofOurs(context: Bench, root: string, folders: readonly string[]): Promise<readonly Running[]> {
  const lab = makeLab(context)
  folders.forEach((folder, i) => lab.write(`c${i}.yaml`, manifest(i, root, folder)))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/, 60_000)
  return Promise.all(folders.map(async (folder, i) => ({ folder, pid: await lab.pid(`c${i}`) })))
}

async function killEach(running: readonly Running[]): Promise<number[]> {
  const samples: number[] = []
  for (const { pid, folder } of running) {
    await until(() => stamps(folder)[0], 'the payload')
    const killedNs = Number(process.hrtime.bigint())
    process.kill(pid, 'SIGKILL')
    const bornNs = await until(() => stamps(folder)[1], 'the successor')
    samples.push((bornNs - killedNs) / 1e6)
  }
  return samples
}

function stamps(folder: string): readonly number[] {
  try {
    return readFileSync(join(folder, 'stamps'), 'utf8').trim().split('\n').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function made(folder: string): string {
  mkdirSync(folder, { recursive: true })
  return folder
}

function manifest(i: number, root: string, folder: string): string {
  return containerText(`c${i}`, command, `  mounts: [{ type: bind, source: ${folder}, target: /srv }]\n${rest}`, root)
}
