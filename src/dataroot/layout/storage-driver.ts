import { opendirSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { replaceFile } from '../files/atomic.ts'
import { attempt, failure, ifPresent } from '../files/io.ts'
import { object, oneOf, versionOne } from '../files/shape.ts'
import { readStateFile } from '../files/state-file.ts'

/** How layers lie on the disk, by the names of Docker's engine: as changes for an overlay, or as whole copies. */
export type StorageDriver = 'overlay2' | 'vfs'

type Place = { readonly root: string; readonly own: string }

/** What was found out about overlays on the data-root's file system. `overlayTried` false: nothing. */
export type OverlayProbe = {
  readonly overlay: boolean
  readonly overlayTried: boolean
  readonly overlayWhy: string
}

const drivers: readonly StorageDriver[] = ['overlay2', 'vfs']

export const layersDir = ({ root }: Pick<Place, 'root'>, driver: StorageDriver): string =>
  driver === 'vfs' ? join(root, 'vfs', 'dir') : join(root, 'overlay2')

/** Those that have layers here. */
export const driversWithLayers = (place: Pick<Place, 'root'>): readonly StorageDriver[] =>
  drivers.filter(driver => hasLayers(layersDir(place, driver)))

/** Layers decide, then what was recorded, then what works: an engine chooses in this order. Null: two have layers. */
export function chooseDriver(
  withLayers: readonly StorageDriver[],
  recorded: StorageDriver | null,
  probe: OverlayProbe,
): StorageDriver | null {
  const [first, second] = withLayers
  if (second !== undefined) return null
  if (first !== undefined) return first
  if (!probe.overlayTried) return recorded ?? 'overlay2'
  return probe.overlay ? 'overlay2' : 'vfs'
}

/** The driver of a data-root, as it is on the disk. */
export function storageDriver(place: Place): StorageDriver {
  const recorded = recordedDriver(place)
  return chooseDriver(driversWithLayers(place), recorded, untried) ?? recorded ?? 'overlay2'
}

const untried: OverlayProbe = { overlay: true, overlayTried: false, overlayWhy: '' }

export type Settled = { readonly driver: StorageDriver; readonly isNew: boolean }

/** Chooses the driver when a data-root is opened, and records it for those who can't try. E_STATE: two have layers. */
export function settleDriver(place: Place, probe: OverlayProbe): Result<Settled> {
  const recorded = recordedDriver(place)
  const driver = chooseDriver(driversWithLayers(place), recorded, probe)
  if (driver === null) return fail(failure('E_STATE', twoDrivers(place), place.root))
  if (driver === recorded || (recorded === null && driver === 'overlay2')) return ok({ driver, isNew: false })
  return attempt('record the storage driver', place.own, () => {
    replaceFile(recordOf(place), `${JSON.stringify({ version: 1, driver })}\n`, 0o600)
    return { driver, isNew: true }
  })
}

export const twoDrivers = (place: Pick<Place, 'root'>): string =>
  `data-root ${place.root}: has layers of two storage drivers, ${drivers.map(one => layersDir(place, one)).join(' and ')}; ` +
  'move those away that are not wanted, together with image/overlay2 or image/vfs'

type Record = { readonly version: 1; readonly driver: StorageDriver }
const recordShape = object<Record>({ version: versionOne, driver: oneOf('overlay2', 'vfs') })
const recordOf = ({ own }: Place) => join(own, 'storage-driver')

/** Null also where the record is damaged: it can be made again. */
function recordedDriver(place: Place): StorageDriver | null {
  const record = readStateFile(recordOf(place), recordShape)
  return record.known ? (record.value?.driver ?? null) : null
}

function hasLayers(path: string): boolean {
  const directory = ifPresent(() => opendirSync(path, { bufferSize: 8 }))
  if (directory === null) return false
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (/^[0-9a-f]{64}(-init)?$/.test(entry.name)) return true
    }
    return false
  } finally {
    directory.closeSync()
  }
}
