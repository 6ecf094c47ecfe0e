import { readText } from './files.ts'

/** Where this host mounts its cgroup hierarchies, read from mountinfo and never assumed. */
export type CgroupMounts = {
  readonly kind: 'v1' | 'hybrid' | 'v2' | 'none'
  /** controller → absolute mount point (v1) */
  readonly controllers: Readonly<Record<string, string>>
  /** mount point of the cgroup2 hierarchy, or null */
  readonly unified: string | null
}

/** `/proc/<pid>/mountinfo` of proc(5): the part after ` - ` is type, source, super options. */
export function parseCgroupMounts(mountinfo: string): CgroupMounts {
  const controllers: Record<string, string> = {}
  let unified: string | null = null
  for (const line of mountinfo.split('\n')) {
    const dash = line.indexOf(' - ')
    if (dash < 0) continue
    const [type, , superOptions] = line.slice(dash + 3).split(' ')
    if (type !== 'cgroup' && type !== 'cgroup2') continue
    const point = unescapePath(line.split(' ')[4] ?? '')
    if (type === 'cgroup2') unified ??= point
    else for (const option of (superOptions ?? '').split(',')) if (isController(option)) controllers[option] ??= point
  }
  const onV1 = Object.keys(controllers).length > 0
  const kind = onV1 ? (unified === null ? 'v1' : 'hybrid') : unified === null ? 'none' : 'v2'
  return { kind, controllers, unified }
}

export function readCgroupMounts(procRoot: string): CgroupMounts {
  const file = readText(`${procRoot}/self/mountinfo`)
  return parseCgroupMounts(file.ok ? file.text : '')
}

const mountOptions = new Set(['rw', 'ro', 'xattr', 'noprefix', 'clone_children', 'cpuset_v2_mode', 'none'])
const isController = (option: string) => option !== '' && !mountOptions.has(option) && !option.includes('=')

/** mountinfo writes space, tab, newline and backslash as octal. */
const unescapePath = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
