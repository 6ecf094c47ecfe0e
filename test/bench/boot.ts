/** A hundred containers as a reboot leaves them: recorded, and nothing runs. Until all run: by `--once`, beside dockerd's own start. */
import { globSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeCgroups } from '../support/engine-cgroups.ts'
import { cgroupOf, eventually, type Lab, makeLab, readText } from '../support/lab.ts'
import { isShim, runStates } from '../support/shims.ts'
import { launchEngine } from '../support/stock-engine.ts'
import { bench, type Bench, elapsedMs } from './support/bench.ts'
import { command } from './support/command.ts'
import { isInstalled } from './support/machine.ts'
import { smallRoot } from './support/payloads.ts'
import { median, printTable } from './support/table.ts'
import { containerText } from '../support/manifest-text.ts'

const count = 100
const rounds = 3
const limitMs = 60_000
const payload = ['/bin/busybox', 'sleep', '1000']
const rest = '  stop: { grace: 0s }\n  limits: { memory: 64Mi, pids: 100 }\n'

await bench(async context => {
  const root = smallRoot(context.folder)
  const lab = makeLab(context)
  for (let i = 0; i < count; i++) lab.write(`c${i}.yaml`, containerText(`c${i}`, payload, rest, root))
  const ours: number[] = []
  for (let round = 0; round < rounds; round++) {
    await lab.expect(0, '--once', lab.manifests)
    await rebooted(lab)
    ours.push((await lab.expect(0, '--once', lab.manifests)).ms)
    await lab.expect(0, 'down', lab.manifests)
  }
  const docker = ['docker', 'dockerd', 'containerd'].every(isInstalled) ? await ofDocker(context, root) : []
  printTable(`boot of ${count}`, 'ms', [
    { name: 'reconcile --once', samples: ours, note: 'files are cached, as for docker' },
    ...(docker.length === 0 ? [] : [{ name: 'containerd and dockerd', samples: docker, note: '--restart always' }]),
  ])
  if (docker.length > 0) process.stdout.write(`beside docker: ${(median(ours) / median(docker)).toFixed(2)} ×\n`)
})

/** Shims first: they would write down how it ended. The records tell of another boot then. */
async function rebooted({ root, run }: Lab): Promise<void> {
  const runs = runStates(run)
  if (runs.length !== count || !runs.every(({ shimPid }) => isShim(shimPid))) throw new Error(`${runs.length} runs`)
  const [, parent = ''] = /\/(reconcile-[^/]+)\//.exec(cgroupOf(runs[0]?.pid ?? 0, 'memory')) ?? []
  for (const { shimPid } of runs) process.kill(shimPid, 'SIGKILL')
  for (const { pid } of runs) process.kill(pid, 'SIGKILL')
  const lives = (pid: number) => !/^$|\) [ZX] /.test(readText(`/proc/${pid}/stat`))
  const isOff = () => !runs.some(({ pid, shimPid }) => lives(pid) || lives(shimPid))
  await eventually(isOff, limitMs, () => 'something still runs')
  removeCgroups(parent)
  rmSync(run, { recursive: true })
  const boot = readText('/proc/sys/kernel/random/boot_id').trim()
  const other = boot.replace(/^./, first => (first === '0' ? '1' : '0'))
  for (const path of globSync(`${root}/**/*.json`)) writeFileSync(path, readText(path).replaceAll(boot, other))
}

/** Its containers are killed as it ends; its second start knows only what is on the disk. */
async function ofDocker({ folder, after }: Bench, root: string): Promise<readonly number[]> {
  const launch = () => launchEngine(join(folder, 'docker'), 'overlay2')
  let engine = await launch()
  after(() => engine.stop())
  const tar = join(folder, 'root.tar')
  command('tar', '-C', root, '-cf', tar, '.')
  engine.docker('import', tar, 'bench')
  const stop = ['--stop-signal', 'KILL', '--stop-timeout', '20']
  const options = ['--network', 'none', '--restart', 'always', '--memory', '64m', '--pids-limit', '100', ...stop]
  for (let i = 0; i < count; i++) engine.docker('run', '--detach', ...options, 'bench', ...payload)
  const run = () => engine.docker('ps', '--quiet').split('\n').filter(Boolean).length === count
  const samples: number[] = []
  for (let round = 0; round < rounds; round++) {
    await engine.stop()
    samples.push(
      await elapsedMs(async () => {
        engine = await launch()
        await eventually(run, limitMs, () => engine.docker('ps', '--all'))
      }),
    )
  }
  return samples
}
