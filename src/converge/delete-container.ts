import { markDeleting, removeContainerFiles } from '../dataroot/objects/containers.ts'
import { removeVolume } from '../dataroot/objects/volumes.ts'
import { ok } from '../model/errors.ts'
import { dropContainerLayers } from './container-layers.ts'
import type { Executor } from './deps.ts'

/** The tombstone first, the record last: until then the record names the volumes that must go with it. */
export const deleteContainer: Executor<'delete-container'> = async (deps, { id, deleteVolumes }) => {
  const marked = markDeleting(deps.paths, id)
  if (!marked.ok) return marked
  const cleaned = await deps.core.cleanup(id)
  if (!cleaned.ok) return cleaned
  for (const name of deleteVolumes) {
    const removed = await removeVolume(deps.paths, name)
    if (!removed.ok) return removed
  }
  const dropped = await dropContainerLayers(deps, id)
  if (!dropped.ok) return dropped
  const removed = await removeContainerFiles(deps.paths, id)
  return removed.ok ? ok({}) : removed
}
