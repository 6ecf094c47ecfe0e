import type { MountDrift } from '../model/mount-drift.ts'
import { repairOf } from '../model/mount-drift.ts'
import type { Mount } from '../model/desired.ts'
import type { MountsChange } from '../model/mount-change.ts'
import type { StepId } from '../model/plan.ts'
import { comparedMounts, isAtShm } from '../model/recorded-mounts.ts'
import type { Accepted } from './accepted.ts'
import type { Candidate } from './candidates.ts'
import { waitForMount } from './bind-sources.ts'
import { stepsForVolumesOf } from './container-volumes.ts'
import { addStep, containerSubject, type Draft, placeOf } from './draft.ts'
import { isLeftAlone } from './left-alone.ts'
import { positionOf } from './positions.ts'

/**
 * Mounts that are not as recorded are put right in the running container, but for those that a step of this plan makes
 * anew or takes away. What lies below one that is made anew goes with
 * the old one, so it is made again after it.
 */
export function repairMounts(
  draft: Draft,
  wanted: Accepted,
  kept: Candidate,
  { before, change }: { readonly before: readonly StepId[]; readonly change: MountsChange | undefined },
): void {
  const drifts = kept.mountDrifts
  const phase = kept.phase.value
  if (isMountTableUnread(draft, wanted, kept) || drifts?.known !== true || phase.phase !== 'running') return
  const after = [...before, ...stepsForVolumesOf(draft, wanted)]
  const changed = new Set([...(change?.away ?? []), ...(change?.put ?? [])].map(({ mount }) => mount.target))
  const isResized = wanted.spec.shmSizeBytes !== kept.declaration.spec.shmSizeBytes
  const isMeant = (mount: Mount) => !changed.has(mount.target) && !(isResized && isAtShm(mount))
  const left = drifts.value.filter(({ mount }) => isMeant(mount))
  const mounts = comparedMounts(kept).filter(isMeant)
  for (const seen of withThoseBelow(left, mounts)) {
    const drift = lacksSource(draft, seen.mount) ? { ...seen, fault: { kind: 'source-gone' as const } } : seen
    const position = positionOf(wanted, pathsOf(wanted, drift.mount))
    if (isUnmounted(draft, drift.mount)) {
      // an empty directory must not come in the place of what it still has
      waitForMount(draft, wanted, kept.id, drift.mount.type === 'bind' ? drift.mount.source : '')
      continue
    }
    const edit = repairOf(drift)
    if (edit === null) {
      draft.blocked.push({ subject: containerSubject(kept), refusal: { code: 'mount', drift }, position })
      continue
    }
    if (isLeftAlone(draft, wanted, kept, [`mount ${drift.mount.target}`])) continue
    addStep(draft, {
      subject: containerSubject(kept),
      action: {
        kind: 'repair-mount',
        id: kept.id,
        process: phase.process,
        mount: drift.mount,
        edit,
        ...coversOf(drift),
      },
      reason: { code: 'mount-drifted', drift },
      class: 'in-place',
      after,
      position,
    })
  }
}

/** Then nothing is done about its mounts. */
export function isMountTableUnread(draft: Draft, wanted: Accepted, kept: Candidate): boolean {
  const drifts = kept.mountDrifts
  if (drifts === undefined || drifts.known) return false
  const refusal = { code: 'unreadable', why: drifts.why } as const
  draft.blocked.push({ subject: containerSubject(kept), refusal, position: placeOf(wanted.origin) })
  return true
}

const coversOf = ({ fault }: MountDrift) =>
  fault.kind === 'replaced' && fault.covers !== undefined ? { covers: fault.covers } : {}

const isUnmounted = ({ observed }: Draft, mount: Mount): boolean =>
  mount.type === 'bind' && mount.requireMount === true && observed.unmountedSources?.includes(mount.source) === true

/** Nothing can be mounted from there any more, whatever else is wrong. */
function lacksSource({ observed }: Draft, mount: Mount): boolean {
  if (mount.type !== 'bind' || mount.createSource || !Object.hasOwn(observed.bindSources, mount.source)) return false
  const source = observed.bindSources[mount.source]
  return source?.known === true && source.value === 'absent'
}

function pathsOf({ spec }: Accepted, mount: Mount): readonly string[] {
  const index = spec.mounts.findIndex(({ target }) => target === mount.target)
  return index < 0 && isAtShm(mount) ? ['spec.limits.shmSize'] : [`spec.mounts.${index}`]
}

/** Parents first. */
function withThoseBelow(drifts: readonly MountDrift[], mounts: readonly Mount[]): MountDrift[] {
  const anew = drifts.filter(drift => ['attach', 'replace'].includes(repairOf(drift) ?? '')).map(({ mount }) => mount)
  return mounts
    .toSorted((a, b) => depth(a) - depth(b))
    .flatMap(mount => {
      const drift = drifts.find(one => one.mount.target === mount.target)
      if (drift !== undefined) return drift
      const goes = anew.some(({ target }) => mount.target.startsWith(`${target}/`))
      return goes ? { mount, fault: { kind: 'missing' as const } } : []
    })
}

const depth = ({ target }: Mount): number => target.split('/').filter(part => part !== '').length
