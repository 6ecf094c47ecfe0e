import { clean } from '../text/clean.ts'

/** Said where layers aren't shared by overlays: it takes more room, and time when a container is made. */
export const vfsNote = (root: string, why: string): string =>
  `storage vfs on ${clean(root)}: every layer and every container is a whole copy; ${clean(why)}`

export const askDoctor = '`reconcile doctor` says why'
