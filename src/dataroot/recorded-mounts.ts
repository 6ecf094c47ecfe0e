import type { Mount } from '../model/desired.ts'
import type { ContainerRecord } from '../model/record.ts'

/** The manifest's mounts, then the anonymous volumes that the image asked for. */
export function recordedMounts({ declaration, anonymousVolumes }: ContainerRecord): readonly Mount[] {
  const { mounts } = declaration.spec
  const declared = new Set(mounts.map(({ target }) => target))
  const ofImage = Object.keys(anonymousVolumes).filter(target => !declared.has(target))
  return [
    ...mounts,
    ...ofImage.map(target => ({ type: 'volume', name: null, target, readOnly: false, noCopy: false }) as const),
  ]
}

/** The name of a mounted volume; null: nothing is recorded for its target. */
export const recordedVolume = (record: ContainerRecord, mount: Mount & { readonly type: 'volume' }): string | null =>
  mount.name ?? record.anonymousVolumes[mount.target] ?? null
