import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { launchEngine } from '../../support/stock-engine.ts'
import type { Bench } from './bench.ts'
import { command } from './command.ts'
import { isInstalled } from './machine.ts'

export type Compose = {
  /** `memory`: of each service */
  readonly up: (memory?: string) => void
  readonly down: (graceSeconds?: number) => void
  /** of the first service's process */
  readonly pid: () => number
}

const limitMs = 300_000

/**
 * Compose over a dockerd of its own, whose image is this root; `count` services with the limits that ours have. null: not installed.
 * `more`: what the service of this number has besides.
 */
export async function openCompose(
  { folder, after }: Bench,
  root: string,
  count: number,
  more: (i: number) => object = () => ({}),
): Promise<Compose | null> {
  if (!['docker-compose', 'dockerd', 'docker'].every(isInstalled)) return null
  const place = join(folder, 'compose')
  mkdirSync(place)
  const engine = await launchEngine(join(place, 'root'), 'overlay2')
  after(() => engine.stop())
  const tar = join(place, 'root.tar')
  command('tar', '-C', root, '-cf', tar, '.')
  engine.docker('import', tar, 'bench')
  const file = join(place, 'compose.yaml')
  const declare = (memory: string) => {
    const services = Array.from(
      { length: count },
      (_, i) => [`c${i}`, { ...service, mem_limit: memory, ...more(i) }] as const,
    )
    writeFileSync(file, JSON.stringify({ version: '2.4', services: Object.fromEntries(services) }))
  }
  const compose = (...args: readonly string[]) => {
    const env = { ...engine.env, COMPOSE_HTTP_TIMEOUT: '300' }
    const all = ['--project-name', 'bench', '--file', file, ...args]
    const ran = spawnSync('docker-compose', all, { encoding: 'utf8', env, timeout: limitMs })
    if (ran.status !== 0) throw new Error(`docker-compose ${args.join(' ')}: ${ran.stderr}${ran.error?.message ?? ''}`)
  }
  return {
    up: (memory = '64m') => {
      declare(memory)
      compose('up', '-d')
    },
    down: (graceSeconds = 0) => compose('down', '--timeout', `${graceSeconds}`),
    pid: () => {
      const id = engine.docker('ps', '--quiet', '--filter', 'label=com.docker.compose.service=c0').trim()
      return Number(engine.docker('inspect', '--format', '{{.State.Pid}}', id))
    },
  }
}

const service = {
  image: 'bench',
  command: ['/bin/busybox', 'sleep', '1000'],
  network_mode: 'none',
  pids_limit: 100,
  cpu_shares: 512,
  stop_grace_period: '0s',
}
