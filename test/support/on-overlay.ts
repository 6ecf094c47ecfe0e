import { mkdirSync } from 'node:fs'
import { hostCommand } from './host-command.ts'

/** For `makeLab`: an overlay in the data-root's place, as in a container; on a tmpfs, wherever this test itself may run. */
export function onOverlay(folder: string, root: string): () => void {
  const disk = `${folder}/disk`
  mkdirSync(disk)
  hostCommand('mount', '-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', disk)
  for (const path of ['lower', 'upper', 'work'].map(name => `${disk}/${name}`).concat(root)) mkdirSync(path)
  const options = `lowerdir=${disk}/lower,upperdir=${disk}/upper,workdir=${disk}/work`
  hostCommand('mount', '-t', 'overlay', '-o', options, 'overlay', root)
  return () => {
    hostCommand('umount', root)
    hostCommand('umount', disk)
  }
}
