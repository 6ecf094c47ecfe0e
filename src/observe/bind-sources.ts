import { stat } from 'node:fs/promises'
import type { DesiredState } from '../model/desired.ts'
import { known, unknown, type Known } from '../model/errors.ts'
import { withinDeadline } from './deadline.ts'
import { errnoOf } from './files.ts'
import { foreignMountOf, lookAtForeign } from './foreign.ts'

export type BindSource = Known<'directory' | 'file' | 'other' | 'absent'>

/** What stands at each path that the desired state binds or makes a root of. A path on a dead NFS or FUSE mount becomes unknown, never a hang. */
export async function readBindSources(desired: DesiredState): Promise<Record<string, BindSource>> {
  const paths = new Set(
    desired.containers.flatMap(({ spec }) => [
      ...(spec.rootfs?.startsWith('/') ? [spec.rootfs] : []),
      ...spec.mounts.flatMap(mount => (mount.type === 'bind' ? [mount.source] : [])),
    ]),
  )
  const read = await Promise.all([...paths].sort().map(async path => [path, await readBindSource(path)] as const))
  return Object.fromEntries(read)
}

/** The same of one path. */
export async function readBindSource(path: string): Promise<BindSource> {
  const foreign = foreignMountOf(path)
  if (foreign === null)
    return withinDeadline(
      `kind ${path}`,
      () => lookAt(path),
      why => unknown(`${path} ${why}`),
    )
  const seen = await lookAtForeign(foreign, path)
  if (!seen.known) return seen
  return seen.value.kind === 'unknown' ? unknown(`cannot look at ${path}`) : known(seen.value.kind)
}

async function lookAt(path: string): Promise<BindSource> {
  try {
    const found = await stat(path)
    return known(found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'other')
  } catch (error) {
    const errno = errnoOf(error)
    return errno === 'ENOENT' || errno === 'ENOTDIR' ? known('absent') : unknown(`cannot look at ${path} (${errno})`)
  }
}
