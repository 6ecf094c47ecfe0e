import { readlinkSync } from 'node:fs'
import { namespaceNames, type NamespaceName, type RunFacts, type SeenRun } from '../model/run-facts.ts'
import type { ContainerSpec } from '../model/desired.ts'
import { known, type Known, unknown } from '../model/errors.ts'
import type { CgroupMounts } from './cgroup-mounts.ts'
import { readFileSystems } from './file-systems.ts'
import { isFrozen } from './freezer.ts'
import { readText } from './files.ts'
import { lookAround, placeOf } from './placement.ts'
import { type ProcessStatus, parseStatus } from './process-status.ts'
import { readUlimits } from './ulimits.ts'

/** What is the same for every container. */
export type OwnRun = Pick<SeenRun, 'hostNamespaces' | 'mayRaiseHardLimits'>

export const readOwnRun = (procRoot: string): OwnRun => ({
  hostNamespaces: readNamespaces(procRoot, 'self'),
  mayRaiseHardLimits: holdsSysResource(procRoot),
})

/** What is declared of a run beside its limits, and where its cgroup is. */
type Given = {
  readonly procRoot: string
  readonly mounts: CgroupMounts
  /** below every hierarchy: `reconcile-<root id>/<container id>` */
  readonly cgroup: string
  readonly spec: Pick<ContainerSpec, 'ulimits' | 'oomScoreAdj'>
  readonly own: OwnRun
}

/** What the kernel says of a container's first process; unknown if one file can't be read. */
export function readSeenRun(given: Given, pid: number): Known<SeenRun> {
  const { procRoot, mounts, cgroup, own: host } = given
  const facts = readRunFacts(given, pid)
  if (!facts.known) return facts
  const place = placeOf(given, pid)
  if (place === null) return unknown(`cannot read ${procRoot}/${pid}/cgroup`)
  return known({
    ...facts.value,
    ...host,
    ...place,
    othersOutside: lookAround(given, pid),
    frozen: isFrozen(mounts, cgroup),
  })
}

/** What is kept from the start of a run. */
export function readGivenRun(procRoot: string, pid: number, spec: ContainerSpec): Known<RunFacts> {
  const facts = readRunFacts({ procRoot, spec }, pid)
  return facts.known ? known({ ...facts.value, fileSystems: readFileSystems(procRoot, pid, spec.mounts) }) : facts
}

function readRunFacts({ procRoot, spec }: Pick<Given, 'procRoot' | 'spec'>, pid: number): Known<RunFacts> {
  const status = readStatus(procRoot, `${pid}`)
  if (!status.known) return status
  const ulimits = readUlimits(procRoot, pid, Object.keys(spec.ulimits))
  if (!ulimits.known) return ulimits
  const oomScoreAdj = spec.oomScoreAdj === null ? known(null) : readOomScore(procRoot, pid)
  if (!oomScoreAdj.known) return oomScoreAdj
  const { uids, bounding, permitted, effective, noNewPrivileges } = status.value
  return known({
    namespaces: readNamespaces(procRoot, `${pid}`),
    uid: Math.min(...uids),
    capabilities: (bounding | permitted | effective).toString(16),
    noNewPrivileges,
    ulimits: ulimits.value,
    oomScoreAdj: oomScoreAdj.value,
  })
}

function readStatus(procRoot: string, process: string): Known<ProcessStatus> {
  const path = `${procRoot}/${process}/status`
  const file = readText(path)
  if (!file.ok) return unknown(`cannot read ${path} (${file.errno})`)
  const status = parseStatus(file.text)
  return status === null ? unknown(`${path} is no status`) : known(status)
}

function readOomScore(procRoot: string, pid: number): Known<number> {
  const path = `${procRoot}/${pid}/oom_score_adj`
  const file = readText(path)
  if (!file.ok) return unknown(`cannot read ${path} (${file.errno})`)
  return known(Number.parseInt(file.text, 10))
}

/** A namespace that can't be read is left out: it is not compared. */
function readNamespaces(procRoot: string, process: string): Partial<Record<NamespaceName, string>> {
  const found: Partial<Record<NamespaceName, string>> = {}
  for (const name of namespaceNames) {
    const inode = readNamespace(`${procRoot}/${process}/ns/${name}`)
    if (inode !== null) found[name] = inode
  }
  return found
}

/** `net:[4026531840]` → its number. Reading the link keeps no namespace alive. */
function readNamespace(path: string): string | null {
  try {
    return /\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? null
  } catch {
    return null
  }
}

const sysResource = 1n << 24n

function holdsSysResource(procRoot: string): boolean {
  const status = readStatus(procRoot, 'self')
  return status.known && (status.value.effective & sysResource) !== 0n
}
