import type { DataRootPaths } from '../dataroot/layout/paths.ts'
import { listVolumes, type StoredVolume } from '../dataroot/objects/volumes.ts'
import type { ObservedVolume } from '../model/observed.ts'

/** All volumes of the data-root. One whose record can't be read is nobody's: it is kept, and never deleted. */
export function observeVolumes(paths: DataRootPaths): ObservedVolume[] {
  const volumes = listVolumes(paths)
  if (!volumes.ok) throw new Error(volumes.error.message)
  return volumes.value.map(observedVolume)
}

function observedVolume({ name, record }: StoredVolume): ObservedVolume {
  const value = record.known ? record.value : null
  return {
    name,
    origin: value?.origin ?? null,
    removal: value?.removal ?? 'keep',
    labels: value?.labels ?? {},
    anonymous: value?.anonymous ?? false,
  }
}
