import { fullName } from '../../model/identity.ts'
import type { ObservedContainer, ObservedVolume } from '../../model/observed.ts'
import { columns } from '../text/columns.ts'
import { baseName, type Show } from '../text/show.ts'
import { shortName } from '../text/words.ts'

/** One volume with the containers on this host that mount it. */
export type VolumeUse = { readonly volume: ObservedVolume; readonly usedBy: readonly string[] }

export const volumeUses = (volumes: readonly ObservedVolume[], containers: readonly ObservedContainer[]): VolumeUse[] =>
  volumes.map(volume => ({
    volume,
    usedBy: containers
      .filter(container => mounts(container, volume.name))
      .map(container => fullName(container.declaration.name))
      .sort(),
  }))

const mounts = ({ declaration, anonymousVolumes }: ObservedContainer, name: string): boolean =>
  Object.values(anonymousVolumes).includes(name) ||
  declaration.spec.mounts.some(mount => mount.type === 'volume' && mount.name === name)

const heading = ['NAME', 'KIND', 'REMOVAL', 'USED BY', 'SOURCE']

/** The table of `reconcile volumes ls`. */
export function volumesTable(uses: readonly VolumeUse[], show: Show): string {
  const rows = uses.map(({ volume, usedBy }) => [
    shortName(volume.name),
    volume.anonymous ? 'anonymous' : 'named',
    volume.removal,
    usedBy.join(', ') || '-',
    volume.origin === null ? '-' : `${baseName(show.display(volume.origin.file))}:${volume.origin.line}`,
  ])
  return columns(
    [heading, ...rows],
    heading.map(() => ({ least: 0, gap: 2 })),
  ).join('\n')
}
