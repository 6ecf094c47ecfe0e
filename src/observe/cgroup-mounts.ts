import { existsSync } from 'node:fs'
import { readText } from './files.ts'

/** Where this host mounts its cgroup hierarchies, read from mountinfo and never assumed. */
export type CgroupMounts = {
  readonly kind: 'v1' | 'hybrid' | 'v2' | 'none'
  /** controller → absolute mount point (v1) */
  readonly controllers: Readonly<Record<string, string>>
  /** `name=systemd`, where such a hierarchy is mounted (v1) */
  readonly named: Readonly<Record<string, string>>
  /** mount point of the cgroup2 hierarchy, or null */
  readonly unified: string | null
  /** controllers that cgroups below `unified` may have; empty but on a host with v2 alone */
  readonly handedDown: readonly string[]
  /** systemd runs this host, and v2 alone: the tree is systemd's, but for what it delegates */
  readonly isSystemds: boolean
}

/** `/proc/<pid>/mountinfo` of proc(5): the part after ` - ` is type, source, super options. */
export function parseCgroupMounts(mountinfo: string): CgroupMounts {
  const controllers: Record<string, string> = {}
  const named: Record<string, string> = {}
  let unified: string | null = null
  for (const line of mountinfo.split('\n')) {
    const dash = line.indexOf(' - ')
    if (dash < 0) continue
    const [type, , superOptions] = line.slice(dash + 3).split(' ')
    if (type !== 'cgroup' && type !== 'cgroup2') continue
    const point = unescapePath(line.split(' ')[4] ?? '')
    if (type === 'cgroup2') unified ??= point
    else
      for (const option of (superOptions ?? '').split(',')) {
        if (isController(option)) controllers[option] ??= point
        else if (option.startsWith('name=')) named[option] ??= point
      }
  }
  const onV1 = Object.keys(controllers).length > 0
  const kind = onV1 ? (unified === null ? 'v1' : 'hybrid') : unified === null ? 'none' : 'v2'
  return { kind, controllers, named, unified, handedDown: [], isSystemds: false }
}

/** sd_booted(3) */
const bootedBySystemd = '/run/systemd/system'

export function readCgroupMounts(procRoot: string): CgroupMounts {
  const file = readText(`${procRoot}/self/mountinfo`)
  const mounts = parseCgroupMounts(file.ok ? file.text : '')
  const { kind, unified } = mounts
  if (kind !== 'v2' || unified === null) return mounts
  return { ...mounts, handedDown: readHandedDown(unified), isSystemds: existsSync(bootedBySystemd) }
}

/**
 * What the hierarchy's root hands down, or can be told to: the host's own root always, and any other cgroup (we are in a
 * container then) while no process is in it (cgroup-v2.rst, "No Internal Process Constraint").
 */
function readHandedDown(root: string): string[] {
  const words = (name: string) => {
    const file = readText(`${root}/${name}`)
    return file.ok ? file.text.split(/\s+/).filter(word => word !== '') : []
  }
  const isHostsRoot = !existsSync(`${root}/cgroup.type`)
  return isHostsRoot || words('cgroup.procs').length === 0
    ? words('cgroup.controllers')
    : words('cgroup.subtree_control')
}

const mountOptions = new Set(['rw', 'ro', 'xattr', 'noprefix', 'clone_children', 'cpuset_v2_mode', 'none'])
const isController = (option: string) => option !== '' && !mountOptions.has(option) && !option.includes('=')

/** mountinfo writes space, tab, newline and backslash as octal. */
const unescapePath = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
