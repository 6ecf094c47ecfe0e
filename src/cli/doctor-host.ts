import { machine, release } from 'node:os'
import type { DataRootPaths } from '../dataroot/paths.ts'
import { probeRoot } from '../dataroot/root.ts'
import { readCgroupMounts } from '../observe/cgroup-mounts.ts'
import { isFlocked } from '../observe/flocks.ts'
import type { DoctorLine } from '../status/doctor.ts'

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

export function cgroupLine(mounts = readCgroupMounts('/proc')): DoctorLine {
  const { kind, controllers } = mounts
  const found = told.filter(name => controllers[name] !== undefined)
  const absent = needed.filter(name => controllers[name] === undefined)
  if (kind === 'v2' || kind === 'none') {
    const what = kind === 'v2' ? 'v2 only' : 'none mounted'
    return {
      name: 'cgroups',
      found: what,
      verdict: 'missing',
      advice: 'cgroup v1 hierarchies are needed: boot with systemd.unified_cgroup_hierarchy=0, or mount them',
    }
  }
  return {
    name: 'cgroups',
    found: `v1: ${found.join(' ')}${kind === 'hybrid' ? ' (hybrid)' : ''}`,
    verdict: absent.length === 0 ? 'ok' : 'limited',
    advice: absent.length === 0 ? null : `no hierarchy for ${absent.join(', ')}: limits there are not enforced`,
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
