import { mkdirSync } from 'node:fs'
import { hostCommand } from './host-command.ts'

/** For `makeLab`: an overlay in the data-root's place, as in a container; on a tmpfs, wherever this test itself may run. */
export function onOverlay(folder: string, root: string): () => void {
  const disk = `${folder}/disk`
  mkdirSync(disk)
  hostCommand('mount', '-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', disk)
  for (const path of [`${disk}/lower`, root]) mkdirSync(path)
  mountOverlay(disk, root, ['lower'], 'upper')
  return () => {
    hostCommand('umount', root)
    hostCommand('umount', disk)
  }
}

/** What was written until now is a lower layer from now on, as in a container of an image that was made of it. */
export function sealed(folder: string, root: string): void {
  hostCommand('umount', root)
  mountOverlay(`${folder}/disk`, root, ['upper', 'lower'], 'second-upper')
}

function mountOverlay(disk: string, root: string, lowers: readonly string[], upper: string): void {
  for (const path of [`${disk}/${upper}`, `${disk}/${upper}-work`]) mkdirSync(path)
  const lowerdir = lowers.map(name => `${disk}/${name}`).join(':')
  const options = `lowerdir=${lowerdir},upperdir=${disk}/${upper},workdir=${disk}/${upper}-work`
  hostCommand('mount', '-t', 'overlay', '-o', options, 'overlay', root)
}
