import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launchEngine } from '../../support/stock-engine.ts'
import { cpuMsOf, reconcile, timed, type Took } from './command.ts'
import { isInstalled } from './machine.ts'

/** One way to get the image into an empty folder. */
export type Puller = {
  readonly name: string
  readonly note: string
  /** Syncs between its end and what it takes to put things away. */
  readonly pull: (folder: string, syncMs: () => number) => Promise<Took & { readonly durableMs: number }>
}

/** Ours first, then those that are installed. `blobs`: the layers' files, for what needs no registry. */
export function pullers(reference: string, blobs: readonly string[]): readonly Puller[] {
  const needs = (binaries: readonly string[], puller: Puller) => (binaries.every(isInstalled) ? [puller] : [])
  return [
    simple('reconcile images pull', '', folder =>
      timed(reconcile, ['--root', join(folder, 'root'), '--run', join(folder, 'run'), 'images', 'pull', reference]),
    ),
    simple('gunzip | tar x', 'the same blobs from files', folder =>
      timed('sh', ['-c', unpackAll, 'sh', folder, ...blobs]),
    ),
    ...needs(['skopeo', 'umoci'], skopeoAndUmoci(reference)),
    ...needs(['docker', 'dockerd', 'containerd'], docker(reference)),
    ...needs(['podman'], podman(reference, 'overlay')),
    ...needs(['podman'], podman(reference, 'vfs')),
  ]
}

const unpackAll = 'folder=$1; shift; for blob; do gunzip -c "$blob" | tar -x -p -C "$folder" || exit 1; done'

const simple = (name: string, note: string, act: (folder: string) => Promise<Took>): Puller => ({
  name,
  note,
  pull: async (folder, syncMs) => {
    const took = await act(folder)
    return { ...took, durableMs: took.ms + syncMs() }
  },
})

const skopeoAndUmoci = (reference: string): Puller =>
  simple('skopeo copy + umoci unpack', 'one tree, no stores', async folder => {
    const layout = join(folder, 'layout')
    const from = ['--quiet', '--insecure-policy', '--src-tls-verify=false', `docker://${reference}`]
    const copied = await timed('skopeo', ['copy', ...from, `oci:${layout}:latest`])
    const unpacked = await timed('umoci', ['unpack', '--image', `${layout}:latest`, join(folder, 'bundle')])
    return { ms: copied.ms + unpacked.ms, cpuMs: copied.cpuMs + unpacked.cpuMs }
  })

/** The engine is up before the time begins, and has stores of its own. */
const docker = (reference: string): Puller => ({
  name: 'docker pull',
  note: 'overlay2',
  pull: async (folder, syncMs) => {
    const root = join(folder, 'root')
    mkdirSync(root)
    const engine = await launchEngine(root, 'overlay2', 'host')
    try {
      const [begun, cpuBegunMs] = [performance.now(), cpuMsOf(engine.pids)]
      engine.docker('pull', '--quiet', reference)
      const took = { ms: performance.now() - begun, cpuMs: cpuMsOf(engine.pids) - cpuBegunMs }
      return { ...took, durableMs: took.ms + syncMs() }
    } finally {
      await engine.stop()
    }
  },
})

/** In a mount namespace that ends with it: it mounts its stores. */
const podman = (reference: string, driver: 'overlay' | 'vfs'): Puller =>
  simple(`podman pull (${driver})`, `storage driver ${driver}`, folder => {
    const places = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', driver]
    const pull = ['podman', ...places, 'pull', '--quiet', '--tls-verify=false', reference]
    return timed('unshare', ['--mount', '--propagation', 'private', ...pull])
  })
