import type { DesiredVolume, Origin } from '../model/desired.ts'
import type { VolumeManifest } from './generated/manifests.ts'
import { volumeNameFault } from './names.ts'
import type { Report } from './report.ts'

/** A volume's manifest with its defaults. */
export function resolveVolume({ metadata, spec }: VolumeManifest, origin: Origin, report: Report): DesiredVolume {
  const fault = volumeNameFault(metadata.name)
  if (fault !== null) report(['metadata', 'name'], fault)
  return { name: metadata.name, labels: { ...spec?.labels }, removal: spec?.removal ?? 'keep', origin }
}
