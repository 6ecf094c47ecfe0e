import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { canonicalList, limitFields, type KernelFeatures, type LimitField } from '../model/limits.ts'
import type { CgroupMounts } from './cgroup-mounts.ts'
import { readText } from './files.ts'
import { limitFilesV1 } from './limit-files.ts'

/** What this kernel can enforce: which hierarchies are mounted, and which limit files stand in them. */
export function readKernelFeatures(procRoot: string, mounts: CgroupMounts): KernelFeatures {
  const enforceable = Object.fromEntries(limitFields.map(field => [field, hasLimitFile(mounts, field)]))
  return {
    cgroup: mounts.kind,
    pageBytes: readPageBytes(procRoot),
    enforceable: enforceable as Record<LimitField, boolean>,
    cpus: rootList(mounts, 'cpuset.cpus'),
    mems: rootList(mounts, 'cpuset.mems'),
  }
}

/** pids.max stands in every cgroup but the root, so an answer from the root alone would be wrong. */
const notInTheRoot = new Set<LimitField>(['pids'])

function hasLimitFile(mounts: CgroupMounts, field: LimitField): boolean {
  const { controller, file } = limitFilesV1[field]
  const mount = mounts.controllers[controller]
  if (mount === undefined) return false
  return notInTheRoot.has(field) || existsSync(`${mount}/${file}`) || existsInAChild(mount, file)
}

/** In a container of another engine the mount's root may be any cgroup; its files then stand in it or in a child. */
function existsInAChild(mount: string, file: string): boolean {
  try {
    const child = readdirSync(mount, { withFileTypes: true }).find(entry => entry.isDirectory())
    return child !== undefined && existsSync(`${mount}/${child.name}/${file}`)
  } catch {
    return false
  }
}

function rootList(mounts: CgroupMounts, file: string): string {
  const mount = mounts.controllers.cpuset
  const text = mount === undefined ? null : readText(`${mount}/${file}`)
  return text?.ok ? canonicalList(text.text.trim()) : ''
}

const pageSizeTag = 6n

/** AT_PAGESZ of the auxiliary vector (getauxval(3)): pairs of two words. */
function readPageBytes(procRoot: string): number {
  try {
    const vector = readFileSync(`${procRoot}/self/auxv`)
    for (let at = 0; at + 16 <= vector.length; at += 16)
      if (vector.readBigUInt64LE(at) === pageSizeTag) return Number(vector.readBigUInt64LE(at + 8))
  } catch {
    // an unreadable vector leaves the size that nearly every kernel has
  }
  return 4096
}
