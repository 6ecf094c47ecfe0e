import type { BindMount, Mount, TmpfsMount } from '../model/desired.ts'
import type { MountDrift, MountFault } from '../model/mount-drift.ts'
import { bytesOf, covers, type MountLine, type MountTable, textOf, wayTo } from './mount-table.ts'

/** Where a mount's source lies on the host now. */
export type SourcePlace = {
  /** the host's mount that holds it */
  readonly mount: MountLine
  /** that one, and before it those that a walk there crosses */
  readonly way: readonly MountLine[]
  /** its path inside that file system, as in a mount's root */
  readonly root: string
}

/** A mount as it was recorded, with what its source and its target mean now. */
export type MountCase = {
  readonly mount: Mount
  /** `absent`: no such path on the host; null: a tmpfs */
  readonly source: SourcePlace | 'absent' | null
  /** the target with the container's own symbolic links followed */
  readonly target: string
  /** the mount point of what may never answer on the way to it, which nobody asks; missing = null */
  readonly behind?: string | null
  /** the device of the whole file system that it showed when it was mounted; empty: it showed a part of one; missing: not known */
  readonly given?: string | undefined
  /** the container's own, not declared: only its options are looked at */
  readonly isOwn?: boolean
}

/** The mounts that are not as they were recorded. `own`: targets that are the container's own, which hide nothing. */
export function mountDrifts(table: MountTable, cases: readonly MountCase[]): MountDrift[] {
  const own = new Set(cases.map(({ target }) => bytesOf(target)))
  return cases.flatMap(one => {
    const fault = faultOf(table, one, own)
    return fault === null || (one.isOwn === true && fault.kind !== 'options') ? [] : [{ mount: one.mount, fault }]
  })
}

/** Where the host's table says that a path (with no links in it) lies. */
export function placeOnHost(table: MountTable, path: string): SourcePlace {
  const way = wayTo(table, path)
  const mount = way.at(-1) ?? table.root
  const rest = bytesOf(path).slice(mount.point === '/' ? 0 : mount.point.length)
  const below = rest === '/' ? '' : rest
  return { mount, way, root: mount.root === '/' ? below || '/' : mount.root + below }
}

function faultOf(table: MountTable, one: MountCase, own: ReadonlySet<string>): MountFault | null {
  const { mount, source } = one
  const way = wayTo(table, one.target)
  const target = bytesOf(one.target)
  const at = way.filter(({ point }) => point === target)
  const seen = at.at(-1)
  if (seen === undefined) {
    const hiding = way.at(-1)
    if (one.behind) return { kind: 'hidden', by: `what is mounted on ${textOf(one.behind)}` }
    if (hiding !== undefined && isHidden(table, way, target, own)) return { kind: 'hidden', by: shown(hiding) }
    return source === 'absent' && !createsSource(mount) ? { kind: 'source-gone' } : { kind: 'missing' }
  }
  if (mount.type === 'tmpfs') return tmpfsFault(mount, builtIn.test(mount.target) && !one.isOwn ? at.slice(1) : at)
  if (source === 'absent') return { kind: 'source-gone' }
  if (source === null) return null
  if (isSame(seen, source)) return optionsFault(mount, seen, source.mount)
  if (at.slice(0, -1).some(line => isSame(line, source))) return { kind: 'replaced', by: shown(seen) }
  return otherFault(one, seen, source)
}

const createsSource = (mount: Mount) => mount.type === 'bind' && mount.createSource

/** It is still mounted, below something that isn't ours. */
function isHidden(table: MountTable, way: readonly MountLine[], target: string, own: ReadonlySet<string>): boolean {
  const top = way.at(-1)
  if (top === undefined || top.point === '/' || own.has(top.point)) return false
  const below = way.slice(0, -1)
  return below.some(({ id }) => (table.above.get(id) ?? []).some(({ point }) => point === target))
}

const isSame = (line: MountLine, source: SourcePlace) =>
  line.device === source.mount.device && line.root === source.root

/** `tmpfs`, `overlay /srv` … as people know it. */
const shown = ({ type, root, point }: MountLine): string =>
  root === '/' ? `a ${type} on ${textOf(point)}` : `${textOf(root)} of a ${type} on ${textOf(point)}`

const deletedMark = '//deleted'

function otherFault({ mount, given }: MountCase, seen: MountLine, source: SourcePlace): MountFault {
  if (seen.device === source.mount.device)
    return { kind: 'source-replaced', shows: seen.root.endsWith(deletedMark) ? null : nameOnHost(seen, source) }
  if (seen.root.endsWith(deletedMark)) return { kind: 'source-replaced', shows: null }
  if (given !== undefined && given !== seen.device && seen.root === '/') return { kind: 'replaced', by: shown(seen) }
  // a whole file system, where a directory of another one is expected now: what was mounted there is gone from the host
  if (mount.type === 'bind' && seen.root === '/' && source.root !== '/') return { kind: 'source-unmounted' }
  if (mount.type === 'bind' && source.root === '/') return { kind: 'source-replaced', shows: nameOnHost(seen, source) }
  return { kind: 'replaced', by: shown(seen) }
}

/** A mount's root is a path inside its file system, which the host may have mounted anywhere. */
function nameOnHost({ device, root }: MountLine, { way }: SourcePlace): string {
  const holder = way.findLast(line => line.device === device && covers(line.root, root))
  if (holder === undefined || holder.root === holder.point) return textOf(root)
  const below = holder.root === '/' ? root : root.slice(holder.root.length)
  return textOf(holder.point === '/' ? below || '/' : holder.point + (below === '/' ? '' : below))
}

const flags = ['nosuid', 'nodev', 'noexec'] as const

/**
 * Read-only and restrictions as the source has them, plus what was asked for; then who gets to see mounts below it. A source that
 * is read-only only since (or only where we look from) takes nothing from a mount that may write.
 */
function optionsFault(mount: Exclude<Mount, TmpfsMount>, seen: MountLine, host: MountLine): MountFault | null {
  const readOnly = mount.readOnly || (host.options.includes('ro') && seen.options.includes('ro'))
  const wanted = [readOnly ? 'ro' : 'rw', ...flags.filter(flag => host.options.includes(flag))]
  return differing(wanted, seen) ?? spreadFault(mount.type === 'bind' ? mount.propagation : 'rprivate', seen, host)
}

function differing(wanted: readonly string[], seen: MountLine): MountFault | null {
  const found = [seen.options.includes('ro') ? 'ro' : 'rw', ...flags.filter(flag => seen.options.includes(flag))]
  if (found.join() === wanted.join()) return null
  const only = (some: readonly string[], others: readonly string[]) =>
    some.filter(word => !others.includes(word)).join(',') || some.join(',')
  return { kind: 'options', wanted: only(wanted, found), found: only(found, wanted) }
}

function spreadFault(propagation: BindMount['propagation'], seen: MountLine, host: MountLine): MountFault | null {
  const wanted = propagation.replace(/^r/, '')
  const found = seen.shared !== null ? 'shared' : seen.master !== null ? 'slave' : 'private'
  if (wanted === 'private') return found === 'private' ? null : { kind: 'options', wanted, found }
  if (wanted === 'shared') {
    const joined = seen.shared !== null && (host.shared === null || host.shared === seen.shared)
    return joined ? null : { kind: 'cut-off', wanted, found: found === wanted ? 'shared with others' : found }
  }
  if (seen.shared !== null) return { kind: 'options', wanted, found }
  const follows = host.shared ?? host.master
  return follows === null || seen.master === follows ? null : { kind: 'cut-off', wanted, found }
}

const pageBytes = 4096

/** Every container has mounts of its own below these. */
const builtIn = /^\/(dev|sys)(\/|$)/

function tmpfsFault(mount: TmpfsMount, at: readonly MountLine[]): MountFault | null {
  const [first, ...over] = at
  const seen = at.at(-1)
  if (first === undefined || seen === undefined) return { kind: 'missing' }
  if (seen.type !== 'tmpfs' || (over.length > 0 && first.type === 'tmpfs' && first.device !== seen.device)) {
    const covers = first.type === 'tmpfs' && over.length > 1 ? { covers: over.length } : {}
    return { kind: 'replaced', by: shown(seen), ...covers }
  }
  const wanted = [mount.readOnly ? 'ro' : 'rw', ...flags]
  const fault = differing(wanted, seen)
  if (fault !== null || mount.sizeBytes === null) return fault
  const size = `size=${(Math.ceil(mount.sizeBytes / pageBytes) * pageBytes) / 1024}k`
  const found = seen.superOptions.find(option => option.startsWith('size='))
  return found === size ? null : { kind: 'options', wanted: size, found: found ?? 'no size' }
}
