import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launchEngine } from '../../support/stock-engine.ts'
import type { Bench } from './bench.ts'
import { command } from './command.ts'
import type { Running } from './payloads.ts'

/** A dockerd of its own, whose image is this root. */
export async function openDocker({ folder, after }: Bench, root: string) {
  const place = join(folder, 'docker-engine')
  mkdirSync(place)
  const engine = await launchEngine(join(place, 'root'), 'overlay2')
  const names: string[] = []
  after(async () => {
    if (names.length > 0) engine.docker('rm', '--force', ...names)
    await engine.stop()
  })
  const tar = join(place, 'root.tar')
  command('tar', '-C', root, '-cf', tar, '.')
  engine.docker('import', tar, 'bench')
  const keepRunning = (folders: readonly string[], payload: readonly string[]): readonly Running[] =>
    folders.map((source, i) => {
      const name = `bench${i}`
      names.push(name)
      const limits = ['--memory', '64m', '--pids-limit', '100', '--cpu-shares', '512']
      const options = ['--name', name, '--network', 'none', '--restart', 'always', '--volume', `${source}:/srv`]
      engine.docker('run', '--detach', ...options, ...limits, 'bench', ...payload)
      return { folder: source, pid: Number(engine.docker('inspect', '--format', '{{.State.Pid}}', name)) }
    })
  /** In the first of them. */
  const exec = (...args: readonly string[]) => engine.docker('exec', 'bench0', ...args)
  return { keepRunning, exec }
}
