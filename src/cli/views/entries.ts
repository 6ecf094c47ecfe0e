import { lastWatchedMs } from '../../dataroot/sources/watcher-traces.ts'
import type { ObservedContainer, ObservedState } from '../../model/observed.ts'
import { fullName } from '../../model/identity.ts'
import { readCgroupMounts } from '../../observe/cgroup-mounts.ts'
import { containerCgroup } from '../../observe/cgroup-places.ts'
import { readUsage } from '../../observe/usage.ts'
import { plan } from '../../plan/plan.ts'
import type { PsEntry } from '../../status/objects/state-word.ts'
import { mintContainerId } from '../world/mint.ts'
import { recordedState } from './recorded.ts'
import { goodCommit } from '../manifests/repository-names.ts'
import type { View } from '../world/wire.ts'

/** Each container with its use of the host, who watches it, and what it waits for. */
export function psEntries({ paths, rootId }: View, observed: ObservedState): PsEntry[] {
  const mounts = readCgroupMounts('/proc')
  const { waiting, blocked } = plan(recordedState(observed.containers), observed, mintContainerId)
  return observed.containers.map(container => {
    const isRunning = container.phase.known && container.phase.value.phase === 'running'
    const usage = isRunning && rootId !== null ? readUsage(mounts, containerCgroup(mounts, rootId, container.id)) : null
    return {
      container,
      memoryUsedBytes: usage?.memoryBytes ?? null,
      pidsUsed: usage?.pids ?? null,
      watch: watchOf(paths, container),
      commit: goodCommit(paths, container.origin.file),
      stopping: observed.operations.some(one => one.kind === 'stop' && one.containerId === container.id),
      waiting: waiting.find(({ subject }) => subject.id === container.id) ?? null,
      blocked: blocked.find(({ subject }) => subject.id === container.id) ?? null,
    }
  })
}

const watchOf = (paths: View['paths'], { watched, origin }: ObservedContainer): PsEntry['watch'] =>
  watched ? 'live' : lastWatchedMs(paths, origin.source) === null ? 'never' : 'gone'

/** The container of this name or id (at least 4 hex digits of it), the running one first; null: none. */
export function findEntry(entries: readonly PsEntry[], name: string): PsEntry | null {
  const named = entries.filter(({ container }) => fullName(container.declaration.name) === name)
  const running = named.find(({ container: { phase } }) => phase.known && phase.value.phase === 'running')
  if (named.length > 0) return running ?? named[0] ?? null
  const byId = /^[0-9a-f]{4,64}$/.test(name) ? entries.filter(({ container }) => container.id.startsWith(name)) : []
  return byId.length === 1 ? (byId[0] ?? null) : null
}
