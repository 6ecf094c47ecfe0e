import type { RunChange } from '../model/action.ts'
import type { ContainerDeclaration, ContainerSpec, Ulimit } from '../model/desired.ts'
import type { ObservedContainer } from '../model/observed.ts'
import type { Repair, SeenRun } from '../model/run-facts.ts'
import { changedSpecFields, sameSpec } from './changes.ts'
import { differingKeys, same } from './same.ts'

/** Of the wanted spec, or running and to be made so in place, and, where `follows` names one, made from that image. */
export const isAsWanted = (wanted: ContainerDeclaration, follows: string | null, one: ObservedContainer): boolean =>
  (sameSpec(wanted, one.declaration) || runChange(wanted.spec, one) !== null) &&
  (follows === null || one.image?.id === follows)

type InPlace = Pick<ContainerSpec, 'ulimits' | 'oomScoreAdj' | 'shmSizeBytes'>

/**
 * The change of ulimits, OOM score and size of /dev/shm that makes a running container the wanted one; null: it needs
 * another container, or nothing. What only a new process can be given: what a manifest doesn't say any more, and what this
 * process may not give without CAP_SYS_RESOURCE (prlimit(2), proc_pid_oom_score_adj(5)).
 */
export function runChange(
  wanted: ContainerSpec,
  { phase, declaration: { spec: recorded }, look }: ObservedContainer,
): RunChange | null {
  if (!phase.known || phase.value.phase !== 'running' || look?.known !== true) return null
  const { ulimits, oomScoreAdj, shmSizeBytes }: InPlace = recorded
  if (changedSpecFields({ ...wanted, ulimits, oomScoreAdj, shmSizeBytes }, recorded).length > 0) return null
  const limits = ulimitChanges(wanted, recorded, look.value.kernel)
  const score = scoreChange(wanted, recorded, look.value.kernel)
  const size = wanted.shmSizeBytes === shmSizeBytes ? null : wanted.shmSizeBytes
  // the host's /dev/shm is nobody's to resize
  if (limits === null || score === null || (size !== null && wanted.namespaces.ipc === 'host')) return null
  const repairs = [...limits, ...score]
  return repairs.length === 0 && size === null ? null : { process: phase.value.process, repairs, shmSizeBytes: size }
}

function ulimitChanges(wanted: InPlace, recorded: InPlace, kernel: SeenRun): Repair[] | null {
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

function scoreChange(wanted: InPlace, recorded: InPlace, { mayRaiseHardLimits }: SeenRun): Repair[] | null {
  if (same(wanted.oomScoreAdj, recorded.oomScoreAdj)) return []
  const value = wanted.oomScoreAdj
  return value === null || (value < 0 && !mayRaiseHardLimits) ? null : [{ what: 'setOomScore', value }]
}
