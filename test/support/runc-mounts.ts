import { mkdirSync, writeFileSync } from 'node:fs'
import { hostCommand } from './host-command.ts'

/** `options`: as in a mount of an OCI configuration */
export type RuncMount = { readonly source: string; readonly destination: string; readonly options: readonly string[] }

/** A container of runc's with these mounts on a root file system that has `/bin/sleep`; gives its pid. Ended by `end`. */
export function startRunc(
  folder: string,
  rootfs: string,
  mounts: readonly RuncMount[],
  rootfsPropagation: string,
): { readonly pid: number; readonly end: () => void } {
  mkdirSync(folder)
  hostCommand('runc', 'spec', '--bundle', folder)
  const config = {
    ociVersion: '1.0.2',
    process: { terminal: false, user: { uid: 0, gid: 0 }, args: ['/bin/sleep', '1000'], env: ['PATH=/bin'], cwd: '/' },
    root: { path: rootfs, readonly: false },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      ...mounts.map(mount => ({ ...mount, type: 'bind' })),
    ],
    linux: {
      namespaces: ['pid', 'ipc', 'uts', 'mount', 'network'].map(type => ({ type })),
      rootfsPropagation,
    },
  }
  writeFileSync(`${folder}/config.json`, JSON.stringify(config))
  const id = `reconcile-test-${folder.split('/').at(-2)?.split('-').at(-1)}-${folder.split('/').at(-1)}`
  const runc = (...words: string[]) => hostCommand('runc', '--root', `${folder}/state`, ...words)
  // its output would keep a pipe of ours open as long as it lives
  hostCommand(
    'sh',
    '-c',
    `exec runc --root '${folder}/state' run -d --bundle '${folder}' ${id} < /dev/null > '${folder}/log' 2>&1`,
  )
  const { pid } = JSON.parse(runc('state', id)) as { pid: number }
  return { pid, end: () => void runc('delete', '--force', id) }
}
