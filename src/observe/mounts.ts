import { volumeData } from '../dataroot/objects/volumes.ts'
import { known, unknown, type Known } from '../model/errors.ts'
import type { MountDrift } from '../model/mount-drift.ts'
import type { ProcessIdentity } from '../model/identity.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { FileSystems } from '../model/run-facts.ts'
import { comparedMounts, recordedMounts, recordedVolume } from '../model/recorded-mounts.ts'
import type { SeenContainer, Surroundings } from './container.ts'
import { foreignPoints } from './foreign-mounts.ts'
import { type MountCase, mountDrifts, placeOnHost } from './mount-drift.ts'
import { readMountFile } from './mount-file.ts'
import { parseMountTable } from './mount-table.ts'
import { targetInside } from './mount-target.ts'
import { liveness } from './processes.ts'
import { ownRealPath, type RealPath, realPath } from './real-path.ts'

/** Looks at the mounts of what runs. What has none to look at stays as it was. */
export async function seeMounts(around: Surroundings, seen: readonly SeenContainer[]): Promise<SeenContainer[]> {
  const runs = seen.flatMap(one => {
    const process = processOf(one)
    const mounts = process === null ? [] : comparedMounts(one.stored.record)
    return process === null || mounts.length === 0 ? [] : [{ one, process, record: one.stored.record }]
  })
  if (runs.length === 0) return [...seen]
  const sources = await realSources(
    around,
    runs.map(({ record }) => record),
  )
  const host = readMountFile(`${around.procRoot}/self/mountinfo`)
  const drifts = new Map(
    runs.map(
      ({ one, process, record }) =>
        [one, driftsOf({ around, host, sources, process, record, fileSystems: fileSystemsOf(one) })] as const,
    ),
  )
  return seen.map(one => {
    const mountDrifts = drifts.get(one) ?? null
    return mountDrifts === null ? one : { ...one, container: { ...one.container, mountDrifts } }
  })
}

const processOf = ({ container: { phase } }: SeenContainer): ProcessIdentity | null =>
  phase.known && phase.value.phase === 'running' ? phase.value.process : null

/** As they were given to this run. */
const fileSystemsOf = ({ container: { look } }: SeenContainer): FileSystems =>
  (look?.known === true ? look.value.recorded?.fileSystems : null) ?? {}

type Look = {
  readonly around: Surroundings
  readonly host: Known<string>
  readonly sources: ReadonlyMap<string, RealPath>
  readonly process: ProcessIdentity
  readonly record: ContainerRecord
  readonly fileSystems: FileSystems
}

/** null: it has ended meanwhile. */
function driftsOf({ around, host, sources, process, record, fileSystems }: Look): Known<readonly MountDrift[]> | null {
  const { procRoot, bootId } = around
  const own = readMountFile(`${procRoot}/${process.pid}/mountinfo`)
  if (liveness(procRoot, bootId, process).is !== 'alive') return null
  if (!own.known) return own
  if (!host.known) return host
  const mounts = comparedMounts(record)
  const declared = recordedMounts(record)
  const real = mounts.map(mount => realSource(around, record, mount, sources))
  const late = real.find(path => path?.known === false)
  if (late?.known === false) return late
  const found = real.flatMap(path => (path?.known === true && path.value !== null ? [path.value] : []))
  const hostTable = parseMountTable(host.value, found)
  const first = parseMountTable(
    own.value,
    mounts.map(({ target }) => target),
  )
  if (hostTable === null || first === null) return unknown('its mount table has no root')
  const foreign = foreignPoints(own.value)
  const ways = mounts.map(({ target }) => targetInside(first, foreign, `${procRoot}/${process.pid}/root`, target))
  const table =
    parseMountTable(
      own.value,
      ways.map(({ path }) => path),
    ) ?? first
  const cases = mounts.map((mount, index): MountCase => {
    const path = real[index]
    const value = path?.known === true ? path.value : null
    const source = mount.type === 'tmpfs' ? null : value === null ? 'absent' : placeOnHost(hostTable, value)
    const { path: inside, foreign: behind } = ways[index] ?? { path: mount.target, foreign: null }
    const given = fileSystems[mount.target]
    return { mount, source, target: inside, behind, given, isOwn: !declared.includes(mount) }
  })
  return known(mountDrifts(table, cases))
}

/** null: it has none. */
function realSource(
  { paths }: Surroundings,
  record: ContainerRecord,
  mount: ReturnType<typeof recordedMounts>[number],
  sources: Look['sources'],
): RealPath | null {
  if (mount.type === 'tmpfs') return null
  if (mount.type === 'bind') return sources.get(mount.source) ?? known(null)
  const root = sources.get(paths.volumes) ?? known(null)
  const name = recordedVolume(record, mount)
  const data = name === null ? known(null) : volumeData(paths, name)
  if (!root.known || !data.known || root.value === null || data.value === null) return root.known ? data : root
  return known(root.value + data.value.slice(paths.volumes.length))
}

/** Of every bind source, and of the directory of volumes. */
async function realSources(
  { paths }: Surroundings,
  records: readonly ContainerRecord[],
): Promise<ReadonlyMap<string, RealPath>> {
  const binds = records.flatMap(({ declaration }) =>
    declaration.spec.mounts.flatMap(mount => (mount.type === 'bind' ? [mount.source] : [])),
  )
  const all = [...new Set(binds)]
  const volumes = [paths.volumes, await ownRealPath(paths.volumes)] as const
  return new Map([volumes, ...(await Promise.all(all.map(async path => [path, await realPath(path)] as const)))])
}
