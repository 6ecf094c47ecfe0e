/** What supervision takes of memory: a watcher of 100 containers, and each container's own supervisor, beside conmon. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeCgroups } from '../support/engine-cgroups.ts'
import { eventually, hierarchy, makeLab } from '../support/lab.ts'
import { bench, type Bench } from './support/bench.ts'
import { command } from './support/command.ts'
import { isInstalled } from './support/machine.ts'
import { smallRoot } from './support/payloads.ts'
import { median, printAim, printTable } from './support/table.ts'
import { containerText } from '../support/manifest-text.ts'

const count = 100
const ofPodman = 10
const settleMs = 3000
/** Made by podman, and left. */
const cgroupOfPodman = 'libpod_parent'
const payload = ['/bin/busybox', 'sleep', '1000']
const rest = '  stop: { grace: 0s }\n  limits: { memory: 64Mi }\n'

await bench(async context => {
  const root = smallRoot(context.folder)
  const lab = makeLab(context)
  for (let i = 0; i < count; i++) lab.write(`c${i}.yaml`, containerText(`c${i}`, payload, rest, root))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/, 120_000)
  await lab.expect(0, 'ps')
  await sleep(settleMs)
  const rss = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${watcher.pid}/status`, 'utf8'))?.[1]) / 1024
  const shims = pssOf('reconcile-shim', lab.run)
  await watcher.kill('SIGTERM')
  if (shims.length !== count) throw new Error(`${shims.length} shims of ${count}`)
  const conmons = isInstalled('podman') ? underPodman(context, root) : []
  printTable('proportional memory of a supervisor', 'kB', [
    { name: 'reconcile-shim', samples: shims, note: `of ${count}` },
    ...(conmons.length > 0 ? [{ name: 'conmon', samples: conmons, note: `of ${ofPodman}` }] : []),
  ])
  if (conmons.length > 0) printAim('a shim beside conmon', median(shims) / median(conmons), 1)
  process.stdout.write('\n')
  printTable(`watcher of ${count} containers`, 'MiB', [{ name: 'resident', samples: [rss] }])
  printAim('resident memory of the watcher', rss, 120, 'MiB')
})

/** Of processes of this name that have a path below `place` among their arguments. */
function pssOf(name: string, place: string): number[] {
  return readdirSync('/proc')
    .filter(pid => /^\d+$/.test(pid))
    .flatMap(pid => {
      try {
        const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        if (!program.endsWith(name) || !args.some(arg => arg.startsWith(place))) return []
        return [Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1])]
      } catch {
        return []
      }
    })
}

/** With its own places; nothing of it is left. */
function underPodman({ folder, after }: Bench, root: string): number[] {
  const place = join(folder, 'podman')
  mkdirSync(place)
  const places = ['--root', join(place, 'root'), '--runroot', join(place, 'run'), '--tmpdir', join(place, 'tmp')]
  const podman = (...args: string[]) =>
    command('podman', ...places, '--storage-driver=vfs', '--cgroup-manager=cgroupfs', '--runtime=runc', ...args)
  const wasThere = existsSync(join(hierarchy('memory'), cgroupOfPodman))
  after(async () => {
    podman('rm', '--all', '--force', '--time', '0')
    const areGone = () => pssOf('conmon', place).length === 0
    await eventually(areGone, 10_000, () => 'a conmon of ours is still there')
    if (!wasThere) removeCgroups(cgroupOfPodman)
  })
  for (let i = 0; i < ofPodman; i++) {
    podman(
      'run',
      '--detach',
      '--network=none',
      '--ulimit=nofile=1024:1024',
      '--ulimit=nproc=1024:1024',
      '--rootfs',
      root,
      '/bin/busybox',
      'sleep',
      '1000',
    )
  }
  return pssOf('conmon', place)
}
