import type { ContainerSpec, Mount } from '../model/desired.ts'
import type { MountObstacle } from '../model/mount-change.ts'
import type { MountDrift } from '../model/mount-drift.ts'
import type { ObservedContainer } from '../model/observed.ts'
import { maskedPathsOf, readonlyPathsOf } from '../model/security-paths.ts'
import { type Compared, isBelow } from './compared-mounts.ts'

type Around = {
  readonly wanted: ContainerSpec
  readonly container: Pick<ObservedContainer, 'anonymousVolumes'>
  readonly drifts: readonly MountDrift[]
  /** null: not known */
  readonly imageVolumes: readonly string[] | null
}

/** The first reason why this list can't be had under the running process; null: it can. */
export function obstacleTo(list: readonly Compared[], around: Around): MountObstacle | null {
  for (const one of list) {
    const code = codeOf(one, list, around)
    if (code !== null) return { target: one.target, code }
  }
  return null
}

function codeOf(one: Compared, list: readonly Compared[], around: Around): MountObstacle['code'] | null {
  const { target, before, after, how } = one
  if (how === 'none') return null
  if (before?.type === 'tmpfs' && after?.type === 'tmpfs' && isOtherTmpfs(before, after)) return 'tmpfs-mode'
  const fault = around.drifts.find(({ mount }) => mount.target === target)?.fault.kind
  if (fault === 'replaced' || fault === 'hidden') return 'not-ours'
  if (after !== null && liesOnDrift(target, list, around)) return 'mount-above'
  if (how === 'options') return null
  if (needsDirectory(one, list) && around.wanted.security.readOnlyRoot && !hasMountAbove(target, around.wanted))
    return 'read-only-root'
  if (how === 'below') return null
  if (isAnonymous(before) || isAnonymous(after)) return 'anonymous-volume'
  if (how === 'removed' && around.imageVolumes?.includes(target) !== false) return 'image-volume'
  return ownPaths(around.wanted).some(path => path === target || isBelow(path, target) || isBelow(target, path))
    ? 'own-mounts'
    : null
}

/** A mount that stays, and is made anew by another step, or not at all. */
const liesOnDrift = (target: string, list: readonly Compared[], { drifts }: Around): boolean =>
  drifts.some(
    ({ mount, fault }) =>
      fault.kind !== 'options' &&
      isBelow(target, mount.target) &&
      list.some(one => one.target === mount.target && (one.how === 'none' || one.how === 'options')),
  )

const isAnonymous = (mount: Mount | null): boolean => mount?.type === 'volume' && mount.name === null

type Tmpfs = Extract<Mount, { readonly type: 'tmpfs' }>

/** What only a new one begins with. */
const isOtherTmpfs = (before: Tmpfs, after: Tmpfs): boolean =>
  before.mode !== after.mode || (before.sizeBytes !== null && after.sizeBytes === null)

/** Nothing was mounted there, or on another mount. */
const needsDirectory = ({ before, after, target }: Compared, list: readonly Compared[]): boolean =>
  after !== null &&
  (before === null || list.some(({ how, target: above }) => how === 'removed' && isBelow(target, above)))

const hasMountAbove = (target: string, { mounts }: ContainerSpec): boolean =>
  mounts.some(mount => isBelow(target, mount.target))

/** What every start mounts itself, in an order of its own. */
const builtIn = ['/proc', '/sys', '/dev', '/etc/hostname', '/etc/hosts', '/etc/resolv.conf']

const ownPaths = ({ security }: ContainerSpec): readonly string[] => [
  ...builtIn,
  ...maskedPathsOf(security),
  ...readonlyPathsOf(security),
]
