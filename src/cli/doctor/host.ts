import { machine, release } from 'node:os'
import type { DataRootPaths } from '../../dataroot/layout/paths.ts'
import { probeRoot } from '../../dataroot/layout/root.ts'
import { readCgroupMounts } from '../../observe/cgroup-mounts.ts'
import { isFlocked } from '../../observe/flocks.ts'
import type { DoctorLine } from '../../status/host/doctor.ts'

/** mount_setattr(2) came with 5.12. */
const oldest = [5, 12] as const

export function kernelLine(version = release(), architecture = machine()): DoctorLine {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNew = major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
  return {
    name: 'kernel',
    found: `${version} ${architecture}`,
    verdict: isNew ? 'ok' : 'missing',
    advice: isNew ? null : `Linux ${oldest.join('.')} or newer is needed`,
  }
}

/** What limits need; without one of them, the limits that it holds are not enforceable. */
const told = ['memory', 'cpu', 'cpuset', 'pids', 'blkio']
const needed = ['memory', 'cpu', 'cpuset', 'pids', 'freezer', 'devices']
/** Freezing and devices need no controller there. */
const toldV2 = ['memory', 'cpu', 'cpuset', 'pids', 'io']
const neededV2 = ['memory', 'cpu', 'cpuset', 'pids']

export function cgroupLine(mounts = readCgroupMounts('/proc')): DoctorLine {
  const { kind, controllers, handedDown, isSystemds } = mounts
  if (kind === 'none') {
    const advice = 'a cgroup hierarchy is needed: mount -t cgroup2 cgroup2 /sys/fs/cgroup'
    return { name: 'cgroups', found: 'none mounted', verdict: 'missing', advice }
  }
  const isUnified = kind === 'v2'
  const has = (name: string) => (isUnified ? handedDown.includes(name) : controllers[name] !== undefined)
  const found = (isUnified ? toldV2 : told).filter(has).join(' ')
  const absent = (isUnified ? neededV2 : needed).filter(name => !has(name))
  return {
    name: 'cgroups',
    found: `${isUnified ? 'v2' : 'v1'}: ${found}${kind === 'hybrid' ? ' (hybrid)' : ''}${isSystemds ? ', below reconcile.slice of systemd' : ''}`,
    verdict: absent.length === 0 ? 'ok' : 'limited',
    advice:
      absent.length === 0
        ? null
        : `no ${isUnified ? 'controller' : 'hierarchy'} for ${absent.join(', ')}: limits there are not enforced`,
  }
}

/** A dockerd, and whatever else holds its place, has the volume store's lock exclusively. */
export function engineLine(paths: DataRootPaths): DoctorLine {
  const root = probeRoot(paths)
  const isHeld = isFlocked('/proc', paths.metadataDb)
  if (root.ok && !isHeld) {
    return { name: 'engines', found: `no other engine holds ${paths.root}`, verdict: 'ok', advice: null }
  }
  if (!isHeld && !root.ok && root.error.code === 'E_IO') {
    return { name: 'engines', found: `${paths.root} is not readable`, verdict: 'limited', advice: root.error.message }
  }
  return {
    name: 'engines',
    found: isHeld ? `a dockerd holds ${paths.root}` : `${paths.root} is not usable`,
    verdict: 'missing',
    advice: root.ok ? 'stop it, or name another place with --root' : root.error.message,
  }
}
