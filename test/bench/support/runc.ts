import { spawnSync } from 'node:child_process'
import { mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeCgroups } from '../../support/engine-cgroups.ts'
import { type Bench } from './bench.ts'
import { command } from './command.ts'

export type Runc = {
  /** Starts a container of the bundle's command; its output goes to a file, whose path this gives. */
  readonly run: (id: string) => string
  readonly exec: (id: string, ...args: readonly string[]) => void
  readonly remove: (id: string) => void
}

type Spec = {
  process: Record<string, unknown>
  root: unknown
  linux: Record<string, unknown> & { resources: Record<string, unknown> }
}

/** Runc on a root file system, with the namespaces and limits that ours has. It mounts no overlay: its root is the directory. */
export function openRunc({ folder, after }: Bench, root: string, args: readonly string[]): Runc {
  const bundle = join(folder, 'bundle')
  const cgroup = `reconcile-bench-${process.pid}`
  mkdirSync(bundle)
  command('runc', 'spec', '--bundle', bundle)
  const path = join(bundle, 'config.json')
  const spec = JSON.parse(readFileSync(path, 'utf8')) as Spec
  const namespaces = ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'].map(type => ({ type }))
  const limits = { memory: { limit: 64 * 1024 ** 2 }, pids: { limit: 100 }, cpu: { shares: 512 } }
  const changed = (id: string) => ({
    ...spec,
    process: { ...spec.process, terminal: false, args },
    root: { path: root, readonly: false },
    linux: {
      ...spec.linux,
      namespaces,
      cgroupsPath: `/${cgroup}/${id}`,
      resources: { ...spec.linux.resources, ...limits },
    },
  })
  const runc = ['--root', join(folder, 'runc')]
  const ids = new Set<string>()
  const remove = (id: string) => {
    command('runc', ...runc, 'delete', '--force', id)
    ids.delete(id)
  }
  after(() => {
    for (const id of ids) remove(id)
    removeCgroups(cgroup)
  })
  return {
    run: id => {
      writeFileSync(path, JSON.stringify(changed(id)))
      const output = join(folder, `${id}.out`)
      const out = openSync(output, 'w')
      ids.add(id)
      const args = [...runc, 'run', '--detach', '--bundle', bundle, id]
      const ran = spawnSync('runc', args, { stdio: ['ignore', out, out], timeout: 30_000 })
      closeSync(out)
      if (ran.status !== 0) throw new Error(`runc run: ${readFileSync(output, 'utf8')}`)
      return output
    },
    exec: (id, ...args) => command('runc', ...runc, 'exec', id, ...args),
    remove,
  }
}
