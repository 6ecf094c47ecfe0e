import { readdirSync } from 'node:fs'
import { listContainers, readCopy, readRecord } from '../dataroot/objects/containers.ts'
import { isContainerId, type DataRootPaths } from '../dataroot/layout/paths.ts'
import type { FoundRun } from '../dataroot/objects/repair.ts'
import { containerOfRun, recordOfRun } from '../dataroot/records/run-plan.ts'
import { listRunDirs, readRunState } from '../dataroot/records/run-state.ts'
import { type CgroupMounts, readCgroupMounts } from './cgroup-mounts.ts'
import { readText } from './files.ts'
import { containerCgroup, parentCgroup } from './cgroup-places.ts'
import { liveness, readBootId } from './processes.ts'

export type RunsAround = {
  readonly paths: DataRootPaths
  /** empty: there is no data-root */
  readonly rootId: string
  readonly procRoot: string
  readonly bootId: string
  readonly mounts: CgroupMounts
}

/** The same for who has not observed: what tidyRoot restores. */
export function findUnrecordedRuns(paths: DataRootPaths, rootId: string, procRoot = '/proc'): FoundRun[] {
  const listed = listContainers(paths)
  const recorded = listed.ok ? listed.value.records.map(({ record }) => record.id) : []
  const bootId = readBootId(procRoot)
  return unrecordedRuns({ paths, rootId, procRoot, bootId, mounts: readCgroupMounts(procRoot) }, recorded)
}

/** The runs of this data-root that live, but for those of the given containers: by their run directories and cgroups. */
export function unrecordedRuns(around: RunsAround, recorded: readonly string[]): FoundRun[] {
  if (around.rootId === '') return []
  const known = new Set(recorded)
  const runs = [...new Set([...idsOfRunDirs(around, known), ...idsOfCgroups(around)])]
  return runs
    .filter(id => !known.has(id))
    .flatMap(id => unrecordedRun(around, id) ?? [])
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

function unrecordedRun(around: RunsAround, id: string): FoundRun | null {
  const { paths, rootId, procRoot, bootId } = around
  const read = readRunState(paths, rootId, id)
  const state =
    read.known && read.value !== null && liveness(procRoot, bootId, read.value).is === 'alive' ? read.value : null
  const pid = state?.pid ?? firstProcess(around, id)
  // made since the containers were listed
  const record = readRecord(paths, id)
  if (pid === null || (record.known && record.value !== null)) return null
  return { id, pid, state, record: readCopy(paths, id) ?? recordOfRun(paths, rootId, id) }
}

function idsOfRunDirs({ paths, rootId }: RunsAround, known: ReadonlySet<string>): string[] {
  const recorded = new Set([...known].map(id => id.slice(0, 16)))
  const names = listRunDirs(paths, rootId)
  if (!names.known) return []
  return names.value.filter(name => !recorded.has(name)).flatMap(name => containerOfRun(paths, rootId, name) ?? [])
}

const hierarchies = ({ controllers, unified }: CgroupMounts): string[] => [
  ...new Set([...Object.values(controllers), ...(unified === null ? [] : [unified])]),
]

const idsOfCgroups = ({ mounts, rootId }: RunsAround): string[] =>
  hierarchies(mounts).flatMap(mount => directoriesIn(`${mount}/${parentCgroup(mounts, rootId)}`).filter(isContainerId))

function firstProcess({ mounts, rootId }: RunsAround, id: string): number | null {
  for (const mount of hierarchies(mounts)) {
    const pid = firstIn(`${mount}/${containerCgroup(mounts, rootId, id)}`)
    if (pid !== null) return pid
  }
  return null
}

/** A container may make cgroups below its own. */
function firstIn(cgroup: string): number | null {
  const file = readText(`${cgroup}/cgroup.procs`)
  const pids = file.ok
    ? file.text
        .split('\n')
        .map(Number)
        .filter(pid => pid > 0)
    : []
  if (pids.length > 0) return Math.min(...pids)
  for (const name of directoriesIn(cgroup)) {
    const pid = firstIn(`${cgroup}/${name}`)
    if (pid !== null) return pid
  }
  return null
}

function directoriesIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return []
  }
}
