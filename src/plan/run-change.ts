import type { RunChange } from '../model/action.ts'
import type { ContainerDeclaration, ContainerSpec, Ulimit } from '../model/desired.ts'
import type { ObservedContainer, ObservedState } from '../model/observed.ts'
import type { Repair, SeenRun } from '../model/run-facts.ts'
import { changedSpecFields, sameSpec } from './changes.ts'
import { mountsVerdict } from './mount-change.ts'
import { differingKeys, same } from './same.ts'

/** Of the wanted spec, or running and to be made so in place, and, where `follows` names one, made from that image. */
export const isAsWanted = (
  wanted: ContainerDeclaration,
  follows: string | null,
  one: ObservedContainer,
  observed: Images,
): boolean =>
  (sameSpec(wanted, one.declaration) || runChange(wanted.spec, one, observed) !== null) &&
  (follows === null || one.image?.id === follows)

type Images = Pick<ObservedState, 'images'>
type OfProcess = Pick<ContainerSpec, 'ulimits' | 'oomScoreAdj'>

/**
 * The change of mounts, ulimits, OOM score and size of /dev/shm that makes a running container the wanted one; null: it
 * needs another container, or nothing.
 */
export function runChange(wanted: ContainerSpec, one: ObservedContainer, observed: Images): RunChange | null {
  const { phase } = one
  const recorded = one.declaration.spec
  if (!phase.known || phase.value.phase !== 'running') return null
  const { ulimits, oomScoreAdj, shmSizeBytes, mounts } = recorded
  if (changedSpecFields({ ...wanted, ulimits, oomScoreAdj, shmSizeBytes, mounts }, recorded).length > 0) return null
  const repairs = processChanges(wanted, one)
  const size = wanted.shmSizeBytes === shmSizeBytes ? null : wanted.shmSizeBytes
  // the host's /dev/shm is nobody's to resize
  if (repairs === null || (size !== null && wanted.namespaces.ipc === 'host')) return null
  const list = mountsVerdict(wanted, one, observed)
  if (list?.by === 'recreate' || (list === null && repairs.length === 0 && size === null)) return null
  const change = { process: phase.value.process, repairs, shmSizeBytes: size }
  return list === null ? change : { ...change, mounts: list.change }
}

/**
 * What only a new process can be given: what a manifest doesn't say any more, and what this process may not give without
 * CAP_SYS_RESOURCE (prlimit(2), proc_pid_oom_score_adj(5)).
 */
function processChanges(wanted: OfProcess, { declaration: { spec: recorded }, look }: ObservedContainer) {
  if (same([wanted.ulimits, wanted.oomScoreAdj], [recorded.ulimits, recorded.oomScoreAdj])) return []
  if (look?.known !== true) return null
  const limits = ulimitChanges(wanted, recorded, look.value.kernel)
  const score = scoreChange(wanted, recorded, look.value.kernel)
  return limits === null || score === null ? null : [...limits, ...score]
}

function ulimitChanges(wanted: OfProcess, recorded: OfProcess, kernel: SeenRun): Repair[] | null {
  const repairs: Repair[] = []
  for (const resource of differingKeys(wanted.ulimits, recorded.ulimits)) {
    const limit = wanted.ulimits[resource]
    if (limit === undefined || !maySet(limit, kernel.ulimits[resource], kernel)) return null
    repairs.push({ what: 'setUlimit', resource, ...limit })
  }
  return repairs
}

/** Lowering, and only of a process of root, is everybody's right. */
const maySet = ({ hard }: Ulimit, now: Ulimit | undefined, { mayRaiseHardLimits, uid }: SeenRun): boolean =>
  mayRaiseHardLimits || (uid === 0 && now !== undefined && (now.hard === -1 || (hard !== -1 && hard <= now.hard)))

function scoreChange(wanted: OfProcess, recorded: OfProcess, { mayRaiseHardLimits }: SeenRun): Repair[] | null {
  if (same(wanted.oomScoreAdj, recorded.oomScoreAdj)) return []
  const value = wanted.oomScoreAdj
  return value === null || (value < 0 && !mayRaiseHardLimits) ? null : [{ what: 'setOomScore', value }]
}
