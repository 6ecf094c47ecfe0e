import type { CgroupMounts } from './cgroup-mounts.ts'
import { readText } from './files.ts'

/** What a container uses now; null where the kernel doesn't count it. */
export type Usage = { readonly memoryBytes: number | null; readonly pids: number | null }

export function readUsage(mounts: CgroupMounts, cgroup: string): Usage {
  return {
    memoryBytes: readCount(mounts.controllers.memory, cgroup, 'memory.usage_in_bytes'),
    pids: readCount(mounts.controllers.pids, cgroup, 'pids.current'),
  }
}

function readCount(mount: string | undefined, cgroup: string, name: string): number | null {
  const file = mount === undefined ? null : readText(`${mount}/${cgroup}/${name}`)
  return file?.ok && /^\d+$/.test(file.text.trim()) ? Number(file.text) : null
}
