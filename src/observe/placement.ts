import type { SeenRun } from '../model/run-facts.ts'
import type { CgroupMounts } from './cgroup-mounts.ts'
import { readText } from './files.ts'
import { isExiting } from './processes.ts'

export type Whereabouts = Pick<SeenRun, 'outsideOf' | 'outsideAt'>

/** The hierarchies that containers join (the rest stays the host's). */
const joined = new Set(['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'name=systemd'])

/**
 * In which hierarchies a text of `/proc/<pid>/cgroup` names neither the cgroup nor one below it. The paths may begin above the
 * mount points. A hierarchy that isn't mounted here holds no container.
 */
export function whereabouts({ controllers, named, unified }: CgroupMounts, cgroup: string, text: string): Whereabouts {
  const outside = text.split('\n').flatMap(line => {
    const first = line.indexOf(':')
    const second = line.indexOf(':', first + 1)
    if (first < 0 || second < 0) return []
    const [names, path] = [line.slice(first + 1, second), line.slice(second + 1)]
    const isOurs =
      names === ''
        ? unified !== null
        : names.split(',').some(name => joined.has(name) && (name in controllers || name in named))
    return isOurs && !isWithin(path, cgroup) ? [{ names: names === '' ? 'unified' : names, path }] : []
  })
  return { outsideOf: outside.map(({ names }) => names).sort(), outsideAt: outside[0]?.path ?? '' }
}

const isWithin = (path: string, cgroup: string) => path.endsWith(`/${cgroup}`) || path.includes(`/${cgroup}/`)

type Around = { readonly procRoot: string; readonly mounts: CgroupMounts; readonly cgroup: string }

/** null: its file can't be read. cgroup v1 shows a process that ends, or waits to be reaped, at the top of each hierarchy. */
export function placeOf({ procRoot, mounts, cgroup }: Around, pid: number): Whereabouts | null {
  const file = readText(`${procRoot}/${pid}/cgroup`)
  if (!file.ok) return null
  const place = whereabouts(mounts, cgroup, file.text)
  return place.outsideOf.length > 0 && isExiting(procRoot, pid) ? { outsideOf: [], outsideAt: '' } : place
}

/** More than these are not looked at in one pass: a container of thousands must not slow the others down. */
const mostChildren = 32

/** How many of the processes that descend from it are outside of the container's cgroup, of the first 32. */
export function lookAround(around: Around, pid: number): number {
  const { procRoot } = around
  const waiting = childrenOf(procRoot, pid)
  let outside = 0
  for (let seen = 0; seen < waiting.length && seen < mostChildren; seen++) {
    const child = waiting[seen] ?? 0
    if ((placeOf(around, child)?.outsideOf.length ?? 0) > 0) outside++
    if (waiting.length < mostChildren) waiting.push(...childrenOf(procRoot, child))
  }
  return outside
}

/** Those of its first thread (proc_tid_children(5)). */
function childrenOf(procRoot: string, pid: number): number[] {
  const file = readText(`${procRoot}/${pid}/task/${pid}/children`)
  return file.ok
    ? file.text
        .split(' ')
        .map(Number)
        .filter(child => child > 0)
    : []
}
