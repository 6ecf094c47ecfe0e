import { stat } from 'node:fs/promises'
import type { DesiredState } from '../model/desired.ts'
import { known, unknown, type Known } from '../model/errors.ts'
import { errnoOf } from './files.ts'

export type BindSource = Known<'directory' | 'file' | 'other' | 'absent'>

const deadlineMs = 1000

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

async function readBindSource(path: string): Promise<BindSource> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<BindSource>(resolve => {
    timer = setTimeout(() => resolve(unknown(`${path} did not answer within ${deadlineMs} ms`)), deadlineMs)
  })
  try {
    return await Promise.race([lookAt(path), deadline])
  } finally {
    clearTimeout(timer)
  }
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
