import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launchEngine } from '../../support/stock-engine.ts'
import type { Bench } from './bench.ts'
import { command } from './command.ts'

const marked = 'RECONCILE_BENCH_NETWORK'

/**
 * A bench that makes networks runs again in a network namespace of its own, with the loopback up, and ends with it; true: it is
 * there already.
 */
export function isInOwnNetwork(): boolean {
  if (process.env[marked] !== undefined) {
    command('ip', 'link', 'set', 'lo', 'up')
    return true
  }
  const again = [process.execPath, ...process.argv.slice(1)]
  const ran = spawnSync('unshare', ['--net', ...again], { stdio: 'inherit', env: { ...process.env, [marked]: '1' } })
  process.exitCode = ran.status ?? 1
  return false
}

/** A dockerd that makes bridges and iptables' rules in this network namespace; its image `bench` is this root. */
export async function openBridgedDocker({ folder, after }: Bench, root: string) {
  const place = join(folder, 'bridged-docker')
  mkdirSync(place)
  const engine = await launchEngine(join(place, 'root'), 'overlay2', 'bridged')
  after(() => engine.stop())
  const tar = join(place, 'root.tar')
  command('tar', '-C', root, '-cf', tar, '.')
  engine.docker('import', tar, 'bench')
  return engine
}
