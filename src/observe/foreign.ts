import { setImmediate } from 'node:timers/promises'
import { unknown, known, type Known } from '../model/errors.ts'
import { type ForeignSight, lookFromOutside } from '../runtime/look.ts'
import { foreignPoints, wayOf } from './foreign-mounts.ts'
import { readMountFile } from './mount-file.ts'

/** Short enough for what else a pass heals to be healed within a second. */
const deadlineMs = 500

/** Mounts with a look that has not come back in time: nothing more is asked there until it does. */
const silent = new Set<string>()

type Batch = { readonly paths: Set<string>; readonly seen: Promise<ReadonlyMap<string, ForeignSight>> }
/** Mount point → what is asked of it in this turn. */
const batches = new Map<string, Batch>()

/** The mount point of another than a local file system by which a host's path leads, or null. Asks none of them. */
export function foreignMountOf(path: string, procRoot = '/proc'): string | null {
  const mountinfo = readMountFile(`${procRoot}/self/mountinfo`)
  const points = mountinfo.known ? foreignPoints(mountinfo.value) : []
  return points.length === 0 ? null : wayOf(points, '', path).foreign
}

/** What stands at such a path. One mount that doesn't answer delays this once, by the deadline, and then never again. */
export async function lookAtForeign(mount: string, path: string): Promise<Known<ForeignSight>> {
  const late = unknown(`${path} did not answer within ${deadlineMs} ms`)
  if (silent.has(mount)) return late
  const sight = (await batchOf(mount, path).seen).get(path)
  if (sight === undefined) return late
  return sight.kind === 'unknown' ? unknown(`cannot look at ${path} (errno ${sight.errno})`) : known(sight)
}

/** One process for all that is asked of a mount in the same turn. */
function batchOf(mount: string, path: string): Batch {
  const batch = batches.get(mount)
  if (batch !== undefined) {
    batch.paths.add(path)
    return batch
  }
  const paths = new Set([path])
  const made = { paths, seen: lookTogether(mount, paths) }
  batches.set(mount, made)
  return made
}

async function lookTogether(mount: string, paths: ReadonlySet<string>): Promise<ReadonlyMap<string, ForeignSight>> {
  await setImmediate()
  batches.delete(mount)
  const { seen, ended } = lookFromOutside([...paths], deadlineMs)
  const sights = await seen
  if (sights.length < paths.size) {
    silent.add(mount)
    void waitForAnswer(mount, ended)
  }
  return new Map(sights.map(sight => [sight.path, sight]))
}

async function waitForAnswer(mount: string, ended: Promise<void>): Promise<void> {
  await ended
  silent.delete(mount)
}
