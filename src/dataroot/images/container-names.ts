import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../files/io.ts'
import { isContainerId } from '../layout/paths.ts'
import type { ImagePaths } from '../layout/paths.ts'

/** The names come from the container's id, so that a repetition after a crash finds them. */
export const mountIdOf = (containerId: string): string =>
  createHash('sha256').update(`container ${containerId}`).digest('hex')

/** The layers that are made for a container: the writable one, and the one below it. */
export const ownLayers = (containerId: string): readonly [string, string] => [
  mountIdOf(containerId),
  `${mountIdOf(containerId)}-init`,
]

/** Where such a layer is made. */
export const stagedLayer = (at: ImagePaths, layerId: string): string => join(at.staging, `container-${layerId}`)
export const stagedMount = (at: ImagePaths, mountId: string): string => join(at.layerTemporary, `mount-${mountId}`)

/** What is being made for containers that are there: it goes with them, or is made again. */
export function stagedForContainers(at: ImagePaths): ReadonlySet<string> {
  const ids = (ifPresent(() => readdirSync(at.containers)) ?? []).filter(isContainerId)
  return new Set(ids.flatMap(id => ownLayers(id).map(layerId => `container-${layerId}`)))
}
