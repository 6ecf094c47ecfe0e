import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { command } from './command.ts'
import type { Running } from './payloads.ts'

/** Podman with storage of its own, in a mount namespace of its own, whose root file system is this one. */
export async function openPodman({ folder, after }: Bench, root: string) {
  const place = join(folder, 'podman')
  mkdirSync(place)
  const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'sleep', '1000'], { stdio: 'ignore' })
  await new Promise(resolve => setTimeout(resolve, 100))
  const places = ['--root', join(place, 'root'), '--runroot', join(place, 'run'), '--storage-driver', 'overlay']
  const engine = [...places, '--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--tmpdir', join(place, 'tmp')]
  const podman = (...args: readonly string[]) =>
    command('nsenter', '--mount', '--target', `${holder.pid}`, 'podman', ...engine, ...args)
  const names: string[] = []
  after(() => {
    try {
      if (names.length > 0) podman('rm', '--force', '--time', '0', ...names)
    } finally {
      holder.kill('SIGKILL')
    }
  })
  const keepRunning = (folders: readonly string[], payload: readonly string[]): readonly Running[] =>
    folders.map((source, i) => {
      const name = `bench${i}`
      names.push(name)
      const limits = [
        '--memory',
        '64m',
        '--pids-limit',
        '100',
        '--cpu-shares',
        '512',
        '--ulimit',
        'nofile=1024:1024',
        '--ulimit',
        'nproc=1000:1000',
      ]
      const options = ['--name', name, '--network', 'none', '--restart', 'always', '--volume', `${source}:/srv`]
      podman('run', '--detach', ...options, ...limits, '--rootfs', `${root}:O`, ...payload)
      return { folder: source, pid: Number(podman('inspect', '--format', '{{.State.Pid}}', name)) }
    })
  return { keepRunning, podman }
}
