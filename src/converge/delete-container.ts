import { markDeleting, removeContainerFiles } from '../dataroot/objects/containers.ts'
import { refreshHosts } from '../dataroot/objects/hosts.ts'
import { removeVolume } from '../dataroot/objects/volumes.ts'
import { ok } from '../model/errors.ts'
import { dropContainerLayers } from './container-layers.ts'
import type { Executor } from './deps.ts'
import { leaveNetworks } from './networks.ts'
import { storedRecord } from './records.ts'

/** The tombstone first, the record last: until then the record names the volumes that must go with it. */
export const deleteContainer: Executor<'delete-container'> = async (deps, { id, deleteVolumes }) => {
  const record = storedRecord(deps, id)
  const endpoints = record.ok ? record.value.endpoints : undefined
  const marked = markDeleting(deps.paths, id)
  if (!marked.ok) return marked
  const cleaned = await deps.core.cleanup(id)
  if (!cleaned.ok) return cleaned
  // the kernel takes its time to clean up a namespace, and its links with it
  const left = await leaveNetworks(deps, { id, ...(endpoints === undefined ? {} : { endpoints }) }, {})
  if (!left.ok) return left
  for (const name of deleteVolumes) {
    const removed = await removeVolume(deps.paths, name)
    if (!removed.ok) return removed
  }
  const dropped = await dropContainerLayers(deps, id)
  if (!dropped.ok) return dropped
  const removed = await removeContainerFiles(deps.paths, id)
  if (!removed.ok) return removed
  const told = endpoints !== undefined ? refreshHosts(deps.paths) : ok(undefined)
  return told.ok ? ok({}) : told
}
