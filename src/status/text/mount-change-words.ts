import type { Mount } from '../../model/desired.ts'
import type { MountObstacle, MountPut, MountsChange } from '../../model/mount-change.ts'
import { bytesText } from './units.ts'
import { mountSourceText } from './mount-words.ts'

/** `unmount /old, mount volume logs at /logs, remount /site read-only`; empty: only the record changes. */
export const mountsToChange = (change: MountsChange): string => parts(change).join(', ')

/** `unmounted /old, mounted volume logs at /logs` */
export const mountsChanged = (change: MountsChange): string =>
  parts(change)
    .map(text => text.replace(/^\w+/, '$&ed'))
    .join(', ')

function parts({ away, put }: MountsChange): string[] {
  const staying = new Set(put.map(({ mount }) => mount.target))
  const gone = away.map(({ mount }) => mount.target).filter(target => !staying.has(target))
  return [...gone.map(target => `unmount ${target}`), ...put.map(putText)]
}

function putText({ mount, edit, before }: MountPut): string {
  if (before === null) return `mount ${mountSourceText(mount)} at ${mount.target}${mount.readOnly ? ' read-only' : ''}`
  if (edit === 'options') return `remount ${mount.target} ${optionTexts(mount, before).join(' ')}`
  const [source, former] = [mountSourceText(mount), mountSourceText(before)]
  return source === former ? `mount ${mount.target} anew` : `mount ${source} at ${mount.target} instead of ${former}`
}

function optionTexts(mount: Mount, before: Mount): string[] {
  const access = mount.readOnly === before.readOnly ? [] : [mount.readOnly ? 'read-only' : 'writable']
  if (mount.type === 'bind' && before.type === 'bind' && mount.propagation !== before.propagation)
    return [...access, mount.propagation]
  if (mount.type === 'tmpfs' && before.type === 'tmpfs' && mount.sizeBytes !== before.sizeBytes)
    return [...access, `size ${bytesText(mount.sizeBytes ?? 0)}`]
  return access
}

const obstacles: Readonly<Record<MountObstacle['code'], string>> = {
  'anonymous-volume': 'an anonymous volume comes and goes with its container',
  'image-volume': 'its image has, or may have, a volume there',
  'own-mounts': 'its start mounts there itself',
  'read-only-root': 'nothing can be made in its read-only root',
  'tmpfs-mode': 'a tmpfs begins with its mode, and without a size',
  'not-ours': 'something else is mounted there',
  'mount-above': 'a mount above it is missing, or not what it was',
}

/** `/cache: an anonymous volume comes and goes with its container` */
export const obstacleText = ({ target, code }: MountObstacle): string => `${target}: ${obstacles[code]}`
