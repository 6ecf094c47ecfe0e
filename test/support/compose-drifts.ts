import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { busybox } from './busybox-layer.ts'
import { cgroupOf } from './lab.ts'
import { silentDrifts, toldDrifts } from './six-drifts.ts'
import { launchEngine } from './stock-engine.ts'
import { tar } from './tar.ts'

/** What an engine with compose said and did about drifts that were made to its container, all at once. */
export type ComposeView = {
  readonly ps: string
  readonly up: string
  /** what the kernel still has as it was made, after `up` */
  readonly off: Readonly<Record<string, boolean>>
}

const project = 'drifts'

/** null: not installed here */
export async function composeView(folder: string): Promise<ComposeView | null> {
  if (!['docker-compose', 'dockerd', 'docker', 'containerd'].every(isInstalled)) return null
  mkdirSync(folder)
  const engine = await launchEngine(`${folder}/root`, 'overlay2')
  const source = `${folder}/site.conf`
  const up = (...options: string[]) => {
    const args = ['--project-name', project, '--file', `${folder}/compose.yaml`, ...options]
    const ran = spawnSync('docker-compose', args, { encoding: 'utf8', env: engine.env, timeout: 60_000 })
    if (ran.status !== 0) throw new Error(`docker-compose ${options.join(' ')}: ${ran.stdout}${ran.stderr}`)
    return ran.stdout + ran.stderr
  }
  try {
    writeFileSync(`${folder}/image.tar`, tar(...busybox('sh', 'sleep', 'umount')))
    engine.docker('import', `${folder}/image.tar`, 'drifts')
    writeFileSync(source, 'old')
    writeFileSync(`${folder}/compose.yaml`, JSON.stringify(composeFile(source)))
    up('up', '-d')
    const id = engine.docker('ps', '--no-trunc', '--format', '{{.ID}}').trim()
    const pid = Number(engine.docker('inspect', '--format', '{{.State.Pid}}', id))
    const freezer = `${cgroupOf(pid, 'freezer')}/freezer.state`
    const drifts = [...toldDrifts({ pid, source }), ...silentDrifts({ pid, source })]
    for (const { make } of drifts) make()
    const ps = engine.docker('ps', '--format', '{{.State}}').trim()
    const said = up('up', '-d').trim()
    const off = Object.fromEntries(drifts.map(({ name, isOff }) => [name, isOff()]))
    writeFileSync(freezer, 'THAWED')
    up('down', '--volumes', '--timeout', '0')
    return { ps, up: said, off }
  } finally {
    await engine.stop()
  }
}

const composeFile = (source: string) => ({
  version: '2.4',
  services: {
    web: {
      image: 'drifts',
      command: ['/bin/busybox', 'sleep', '1000'],
      network_mode: 'none',
      mem_limit: '64m',
      ulimits: { nofile: { soft: 512, hard: 1024 } },
      volumes: ['data:/data', `${source}:/etc/site.conf`],
      stop_grace_period: '0s',
    },
  },
  volumes: { data: {} },
})

const isInstalled = (command: string) =>
  spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0
