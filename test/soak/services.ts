import { mkdirSync, readdirSync } from 'node:fs'
import { type Cleaning, eventually, type Lab, makeLab, readText } from '../support/lab.ts'
import { isShim, runStates, type RunState } from '../support/shims.ts'

/** Services of one source that report it if they ever run twice at once. */
export type Services = {
  readonly lab: Lab
  /** what was seen to be wrong until now */
  complaints(): readonly string[]
  /** Once nobody disturbs them any more: converges, looks at everything, and takes them down. */
  settledComplaints(): Promise<readonly string[]>
  /** Their processes and shims that live. */
  alive(): readonly RunState[]
  /** memory of the shims and of the newest watcher, as people read it */
  figures(): string
}

const size = 20
const levels = 4

const manifest = (n: number, shared: string) =>
  JSON.stringify({
    apiVersion: 'reconcile/v1',
    kind: 'Container',
    metadata: { name: `svc-${n}` },
    spec: {
      rootfs: 'host',
      command: [
        'sh',
        '-c',
        `exec 9>>/shared/${n}.lock; flock -n 9 || { echo svc-${n} >> /shared/twice; exit 7; }; echo up; exec sleep 100000`,
      ],
      mounts: [`${shared}:/shared`, `data-${n}:/data`],
      limits: { memory: '32Mi', pids: 16 },
      ...(n < size / levels ? {} : { dependsOn: [`svc-${n - size / levels}`] }),
    },
  })

export function openServices(cleaning: Cleaning): Services {
  const lab = makeLab(cleaning)
  const shared = `${lab.folder}/shared`
  mkdirSync(shared)
  for (let n = 0; n < size; n++) lab.write(`svc-${n}.yaml`, manifest(n, shared))
  const ofLab = (pid: number) => readText(`/proc/${pid}/mountinfo`).includes(shared)
  const alive = () => runStates(lab.run).filter(({ pid }) => ofLab(pid))
  const complaints = () => {
    const twice = readText(`${shared}/twice`)
    return twice === '' ? [] : [`twice at once: ${twice.trim().replaceAll('\n', ', ')}`]
  }
  return {
    lab,
    complaints,
    alive,
    settledComplaints: async () => [...complaints(), ...(await settled(lab, alive))],
    figures: () => {
      const shims = alive()
        .map(({ shimPid }) => residentKib(shimPid))
        .filter(kib => kib > 0)
      const most = Math.max(0, ...shims)
      return `${shims.length} shims of ${mean(shims)} KiB (at most ${most}), watcher ${Math.round(watcherKib(lab) / 1024)} MiB`
    },
  }
}

async function settled(lab: Lab, alive: () => readonly RunState[]): Promise<readonly string[]> {
  try {
    await lab.expect(0, '--once', lab.manifests)
    const plan = await lab.expect(0, 'plan', lab.manifests)
    const running = alive().filter(({ shimPid }) => isShim(shimPid)).length
    const containers = readdirSync(`${lab.root}/containers`).length
    await lab.expect(0, 'down', lab.manifests)
    await eventually(
      () => runStates(lab.run).length === 0,
      5000,
      () => 'runs are left after down',
    )
    const fsck = await lab.expect(0, 'fsck')
    return [
      ...(plan.stdout.startsWith('nothing to do') ? [] : [`planned: ${plan.stdout}`]),
      ...(running === size && containers === size ? [] : [`${running} of ${containers} containers run`]),
      ...(fsck.stdout === 'clean\n' ? [] : [`fsck: ${fsck.stdout}`]),
    ]
  } catch (error) {
    return [error instanceof Error ? error.message : `${error}`]
  }
}

const residentKib = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? 0)

/** Of the process that watches now, if any does. */
function watcherKib(lab: Lab): number {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  const watching = pids.filter(pid => {
    const argv = readText(`/proc/${pid}/cmdline`).split('\0')
    return (
      argv.includes(lab.root) && argv.at(-2) === lab.manifests && !argv.includes('--once') && !argv.includes('down')
    )
  })
  return Math.max(0, ...watching.map(pid => residentKib(Number(pid))))
}

const mean = (numbers: readonly number[]): number =>
  numbers.length === 0 ? 0 : Math.round(numbers.reduce((sum, one) => sum + one, 0) / numbers.length)
