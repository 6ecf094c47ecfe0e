import { known, unknown } from '../../model/errors.ts'
import type { Known } from '../../model/errors.ts'
import type { ImageConfig } from '../../model/image-config.ts'
import type { ContainerRecord } from '../../model/record.ts'
import { mergedSettings } from '../../model/settings.ts'
import type { Settings } from '../../model/settings.ts'
import { imagePaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { readImage } from './image-entry.ts'

/** What a container was made from, read anew: its image can't change, and stays as long as a container needs it. */
export type RecordedSettings = { readonly settings: Settings; readonly image: ImageConfig | null }

type Recorded = Pick<ContainerRecord, 'declaration' | 'image'>

export function recordedSettings(paths: DataRootPaths, { declaration, image }: Recorded): Known<RecordedSettings> {
  if (image === null) return known({ settings: mergedSettings(declaration, null), image: null })
  const stored = readImage(imagePaths(paths), image.id)
  if (!stored.known) return stored
  if (stored.value === null) return unknown(`image ${image.id} (${image.reference}) is not here`)
  const { config } = stored.value
  return known({ settings: mergedSettings(declaration, config.defaults), image: config })
}

/** The same, where something must be said also without the image: then the manifest's part alone. */
export function settingsOrDeclared(paths: DataRootPaths, recorded: Recorded): RecordedSettings {
  const read = recordedSettings(paths, recorded)
  return read.known ? read.value : { settings: mergedSettings(recorded.declaration, null), image: null }
}
