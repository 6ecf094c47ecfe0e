import type { Mount, VolumeMount } from './desired.ts'
import type { ContainerRecord } from './record.ts'

type Recorded = Pick<ContainerRecord, 'declaration' | 'anonymousVolumes'>

/** The manifest's mounts, then the anonymous volumes that the image asked for. */
export function recordedMounts({ declaration, anonymousVolumes }: Recorded): readonly Mount[] {
  const { mounts } = declaration.spec
  const declared = new Set(mounts.map(({ target }) => target))
  const ofImage = Object.keys(anonymousVolumes).filter(target => !declared.has(target))
  return [
    ...mounts,
    ...ofImage.map(target => ({ type: 'volume', name: null, target, readOnly: false, noCopy: false }) as const),
  ]
}

const shmTarget = '/dev/shm'

/** What is compared with a running process: those, and its own /dev/shm. */
export function comparedMounts(record: Recorded): readonly Mount[] {
  const mounts = recordedMounts(record)
  const { namespaces, shmSizeBytes } = record.declaration.spec
  if (namespaces.ipc !== 'private' || mounts.some(isAtShm)) return mounts
  return [...mounts, { type: 'tmpfs', target: shmTarget, readOnly: false, sizeBytes: shmSizeBytes, mode: null }]
}

export const isAtShm = ({ target }: Mount): boolean => target === shmTarget || shmTarget.startsWith(`${target}/`)

/** The name of a mounted volume; null: nothing is recorded for its target. */
export const recordedVolume = (
  { anonymousVolumes }: Pick<Recorded, 'anonymousVolumes'>,
  mount: VolumeMount,
): string | null => mount.name ?? anonymousVolumes[mount.target] ?? null
