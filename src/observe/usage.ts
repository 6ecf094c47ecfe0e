import type { CgroupMounts } from './cgroup-mounts.ts'
import { readText } from './files.ts'
import { controllerMount } from './limit-files.ts'

/** What a container uses now; null where the kernel doesn't count it. */
export type Usage = { readonly memoryBytes: number | null; readonly pids: number | null }

export function readUsage(mounts: CgroupMounts, cgroup: string): Usage {
  const memory = mounts.kind === 'v2' ? 'memory.current' : 'memory.usage_in_bytes'
  return {
    memoryBytes: readCount(controllerMount(mounts, 'memory'), cgroup, memory),
    pids: readCount(controllerMount(mounts, 'pids'), cgroup, 'pids.current'),
  }
}

function readCount(mount: string | null, cgroup: string, name: string): number | null {
  const file = mount === null ? null : readText(`${mount}/${cgroup}/${name}`)
  return file?.ok && /^\d+$/.test(file.text.trim()) ? Number(file.text) : null
}
