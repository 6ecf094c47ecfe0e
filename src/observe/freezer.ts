import type { CgroupMounts } from './cgroup-mounts.ts'
import { readText } from './files.ts'

/** Somebody froze it, or its parent, in the freezer of v1 or by `cgroup.freeze` of the unified hierarchy. */
export function isFrozen({ controllers, unified }: CgroupMounts, cgroup: string): boolean {
  const freezer = controllers['freezer']
  if (freezer !== undefined) {
    const state = readText(`${freezer}/${cgroup}/freezer.state`)
    if (state.ok && state.text.trim() !== 'THAWED') return true
  }
  if (unified === null) return false
  const events = readText(`${unified}/${cgroup}/cgroup.events`)
  return events.ok && /^frozen 1$/m.test(events.text)
}
