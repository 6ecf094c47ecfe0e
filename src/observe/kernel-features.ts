import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { canonicalList, limitFields, type KernelFeatures, type LimitField } from '../model/limits.ts'
import { defaultWeight } from './blkio.ts'
import type { CgroupMounts } from './cgroup-mounts.ts'
import { readText } from './files.ts'
import { controllerMount, limitFilesV1, limitFilesV2, weightFilesV1, weightFilesV2 } from './limit-files.ts'

/** What this kernel can enforce: which hierarchies are mounted, and which limit files stand in them. */
export function readKernelFeatures(procRoot: string, mounts: CgroupMounts): KernelFeatures {
  const has = mounts.kind === 'v2' ? hasUnifiedFile : hasLimitFile
  const enforceable = Object.fromEntries(limitFields.map(field => [field, has(mounts, field, procRoot)]))
  const weightFile = weightFileOfChildren(mounts, procRoot)
  return {
    cgroup: mounts.kind,
    pageBytes: readPageBytes(procRoot),
    enforceable: { ...(enforceable as Record<LimitField, boolean>), blkioWeight: weightFile !== null },
    cpus: rootList(mounts, 'cpuset.cpus'),
    mems: rootList(mounts, 'cpuset.mems'),
    ...(weightFile === null ? {} : { defaultBlkioWeight: defaultWeight(weightFile) }),
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

/** The root of v2 has none of these files; a controller has all of its own, but for swap that is not counted. */
function hasUnifiedFile(mounts: CgroupMounts, field: LimitField, procRoot: string): boolean {
  const mount = controllerMount(mounts, limitFilesV2[field].controller)
  return mount !== null && (field !== 'memorySwapBytes' || countsSwap(mount, procRoot))
}

/** The roots have no weight: another cgroup shows its file, else what else its scheduler brings to a root. */
function weightFileOfChildren(mounts: CgroupMounts, procRoot: string): string | null {
  const isV2 = mounts.kind === 'v2'
  const mount = controllerMount(mounts, isV2 ? 'io' : 'blkio')
  if (mount === null) return null
  const shown = (isV2 ? weightFilesV2 : weightFilesV1).find(file => existsInAChild(mount, file))
  if (shown !== undefined) return shown
  if (!isV2) return existsSync(`${mount}/blkio.bfq.io_serviced`) ? 'blkio.bfq.weight' : null
  const modules = readText(`${procRoot}/modules`)
  if (modules.ok && /^bfq /m.test(modules.text)) return 'io.bfq.weight'
  return existsSync(`${mount}/io.cost.qos`) ? 'io.weight' : null
}

/** Another cgroup shows it; else the kernel's own words (kernel-parameters.rst). */
function countsSwap(mount: string, procRoot: string): boolean {
  if (existsInAChild(mount, 'memory.max')) return existsInAChild(mount, 'memory.swap.max')
  const told = readText(`${procRoot}/cmdline`)
  const isRefused = told.ok && /\bcgroup\.memory=\S*noswap|\bswapaccount=0/.test(told.text)
  return existsSync(`${procRoot}/swaps`) && !isRefused
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

/** In v2's root the effective list stands alone. */
function rootList(mounts: CgroupMounts, file: string): string {
  const mount = controllerMount(mounts, 'cpuset')
  const text = mount === null ? null : readText(`${mount}/${file}${mounts.kind === 'v2' ? '.effective' : ''}`)
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
