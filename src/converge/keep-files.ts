import { readKeptFiles, writeKeptFiles } from '../dataroot/records/files.ts'
import type { MountsChange } from '../model/mount-change.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { ConvergeDeps } from './deps.ts'

/**
 * Keeps what is in the files that a start is about to bind. Before it: a change meanwhile is answered once more than it had
 * to be, and none is missed. Without it changes are told apart from then on, so a failure is none of the start.
 */
export async function keepBoundFiles(
  { paths, readBoundFiles }: ConvergeDeps,
  { id, declaration }: ContainerRecord,
): Promise<void> {
  const binds = declaration.spec.mounts.filter(mount => mount.type === 'bind')
  if (binds.length > 0) writeKeptFiles(paths, id, await readBoundFiles(binds))
}

/** The same of those that come to a running container. */
export async function keepNewFiles(
  { paths, readBoundFiles }: ConvergeDeps,
  { id }: ContainerRecord,
  { put }: MountsChange,
): Promise<void> {
  const binds = put.flatMap(({ mount, before }) =>
    mount.type === 'bind' && !(before?.type === 'bind' && before.source === mount.source) ? [mount] : [],
  )
  if (binds.length > 0) writeKeptFiles(paths, id, { ...readKeptFiles(paths, id), ...(await readBoundFiles(binds)) })
}
