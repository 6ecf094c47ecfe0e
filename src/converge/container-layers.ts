import {
  type ContainerRoot,
  createContainerLayers,
  hasContainerLayers,
  removeContainerLayers,
} from '../dataroot/images/container-layers.ts'
import { prepareCopies } from '../dataroot/images/container-copies.ts'
import { imageLayers } from '../dataroot/images/image-entry.ts'
import { openImageStores } from '../dataroot/images/open-stores.ts'
import { imagePaths } from '../dataroot/layout/paths.ts'
import { ok, type Result } from '../model/errors.ts'
import { withStores } from '../image/locks.ts'
import type { ConvergeDeps } from './deps.ts'

/** Others hold the lock for milliseconds; one that hangs must not stop all passes. */
const lockWaitMs = 30_000

/** The init and the writable layer of a container on its image's layers. */
export async function makeContainerLayers(
  { paths, core }: ConvergeDeps,
  containerId: string,
  imageId: string,
): Promise<Result<ContainerRoot>> {
  const stores = openImageStores(paths)
  if (!stores.ok) return stores
  const at = stores.value
  if (at.driver === 'vfs') {
    const layers = imageLayers(at, imageId)
    if (!layers.ok) return layers
    const top = layers.value.at(-1)?.chainId ?? null
    const prepared = await prepareCopies(at, containerId, top, (from, into) => core.copyTree({ from, into }))
    if (!prepared.ok) return prepared
  }
  return withStores({ core, at }, AbortSignal.timeout(lockWaitMs), () => {
    const layers = imageLayers(at, imageId)
    if (!layers.ok) return layers
    return createContainerLayers(at, containerId, layers.value.at(-1)?.chainId ?? null)
  })
}

/** Also where the container's record is lost: its id tells which layers are its own. */
export async function dropContainerLayers({ paths, core }: ConvergeDeps, containerId: string): Promise<Result<void>> {
  const at = imagePaths(paths)
  if (!hasContainerLayers(at, containerId)) return ok(undefined)
  return withStores({ core, at }, AbortSignal.timeout(lockWaitMs), () => removeContainerLayers(at, containerId))
}
