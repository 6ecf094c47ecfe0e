import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'

/** What ran here, and on what: without it a figure says nothing. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  const lines = [
    `kernel ${release()}, ${cpus().length} × ${model}, ${(totalmem() / 1024 ** 3).toFixed(0)} GiB`,
    `/tmp on ${fileSystemOf('/tmp')}, /dev/shm on ${fileSystemOf('/dev/shm')}, cgroups ${hierarchies()}`,
    `load before: ${loadavg()
      .map(load => load.toFixed(2))
      .join(' ')}`,
    ...Object.entries(asked).map(([name, command]) => `${name}: ${version(command)}`),
  ]
  return lines.join('\n')
}

const asked: Readonly<Record<string, readonly string[]>> = {
  node: [process.execPath, '--version'],
  reconcile: ['bin/reconcile', '--version'],
  docker: ['dockerd', '--version'],
  compose: ['docker-compose', 'version', '--short'],
  podman: ['podman', '--version'],
  runc: ['runc', '--version'],
  conmon: ['conmon', '--version'],
  skopeo: ['skopeo', '--version'],
  umoci: ['umoci', '--version'],
  registry: ['docker-registry', '--version'],
  gzip: ['gzip', '--version'],
  tar: ['tar', '--version'],
}

export const isInstalled = (command: string): boolean =>
  spawnSync('sh', ['-c', 'command -v "$1"', 'sh', command], { stdio: 'ignore' }).status === 0

function version([command = '', ...args]: readonly string[]): string {
  if (!isInstalled(command)) return 'not installed'
  const ran = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 })
  return `${ran.stdout}${ran.stderr}`.split('\n')[0]?.trim() ?? ''
}

function fileSystemOf(path: string): string {
  const ran = spawnSync('df', ['--output=fstype,source', path], { encoding: 'utf8' })
  return ran.stdout.split('\n')[1]?.trim().replace(/ +/, ' of ') ?? 'unknown'
}

function hierarchies(): string {
  const text = readFileSync('/proc/self/mountinfo', 'utf8')
  const has = (kind: string) => text.includes(` - ${kind} `)
  return [...(has('cgroup') ? ['v1'] : []), ...(has('cgroup2') ? ['v2'] : [])].join(' and ')
}
