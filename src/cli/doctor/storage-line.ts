import {
  chooseDriver,
  driversWithLayers,
  storageDriver,
  type OverlayProbe,
} from '../../dataroot/layout/storage-driver.ts'
import type { DataRootPaths } from '../../dataroot/layout/paths.ts'
import type { DoctorLine } from '../../status/host/doctor.ts'
import { askDoctor, vfsNote } from '../../status/host/storage.ts'
import type { Context } from '../context/context.ts'

const copies = 'every layer and every container is a whole copy; a --root on a disk of this host needs none'

/** How this data-root stores layers, or would. */
export function storageLine(paths: DataRootPaths, probe: OverlayProbe): DoctorLine {
  const { root } = paths
  const withLayers = driversWithLayers(paths)
  const line = (found: string, verdict: DoctorLine['verdict'], advice: string | null): DoctorLine => ({
    name: 'storage',
    found: `${found} on ${root}`,
    verdict,
    advice,
  })
  if (withLayers.length > 1) {
    return line(
      'overlay and vfs',
      'missing',
      'both have layers: move one of them away, overlay2 or vfs, with its image/',
    )
  }
  if (!probe.overlayTried) return line('overlay not tried', 'limited', probe.overlayWhy)
  if (chooseDriver(withLayers, null, probe) === 'vfs') {
    const why = probe.overlay
      ? 'its layers are copies already, a new data-root here would use overlay'
      : probe.overlayWhy
    return line('vfs', 'limited', `${why}; ${copies}`)
  }
  if (probe.overlay) return line('overlay', 'ok', null)
  return line(
    'no overlay',
    'missing',
    `${probe.overlayWhy}, but the layers here need one; name another place with --root`,
  )
}

/** For listings: a line beside the answer, where layers are copies. */
export function sayStorage({ paths, options, screen }: Context): void {
  if (options.output === 'text' && storageDriver(paths) === 'vfs') screen.err(vfsNote(paths.root, askDoctor))
}
