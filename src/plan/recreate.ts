import type { Position } from '../model/identity.ts'
import { fullName } from '../model/identity.ts'
import type { Reason } from '../model/plan.ts'
import type { ChangeClass } from '../model/action.ts'
import { type Accepted, declared } from './accepted.ts'
import { createAnonymous, stepsForVolumesOf } from './container-volumes.ts'
import type { Candidate } from './candidates.ts'
import { clearance } from './dependencies.ts'
import { changedSpecFields } from './changes.ts'
import { deleteContainer } from './deletions.ts'
import { stepsForNetworksOf } from './endpoints.ts'
import { addStep, type Draft, placeOf } from './draft.ts'
import { mountsVerdict } from './mount-change.ts'
import { positionOf } from './positions.ts'
import { isRunning, stopRunning } from './stops.ts'

/** Another spec needs another container: stop what runs, then make the new one before the old one goes. */
export function recreate(draft: Draft, wanted: Accepted, olds: readonly Candidate[]): void {
  const running = olds.filter(isRunning)
  for (const old of running) {
    const { reason, position } = specChange(draft, wanted, old)
    stopRunning(draft, old, { reason, class: 'recreate', stop: old.declaration.stop, position })
  }
  if (running.length === 0) createAndStart(draft, wanted, olds)
}

/** A new container; it takes the anonymous volumes of those that it replaces, target by target. */
export function createAndStart(draft: Draft, wanted: Accepted, olds: readonly Candidate[]): void {
  const id = draft.mint()
  const subject = { kind: 'container', name: fullName(wanted.name), id } as const
  const cause = olds[0] === undefined ? creation(wanted) : specChange(draft, wanted, olds[0])
  const again = olds[0]?.stoppedFor
  const anonymousVolumes = inherit(draft, wanted, olds)
  const created = addStep(draft, {
    subject,
    action: {
      kind: 'create-container',
      id,
      container: declared(wanted),
      limits: wanted.normal,
      anonymousVolumes,
      ...endpointsOf(wanted),
      image: wanted.base.use,
    },
    ...cause,
    after: stepsForVolumesOf(draft, wanted),
  })
  const volumes = createAnonymous(draft, wanted, anonymousVolumes, [created])
  const deleted = olds.map(old => deleteContainer(draft, old, { ...specChange(draft, wanted, old), after: [created] }))
  if (wanted.state === 'stopped') return
  const clear = clearance(draft, wanted, { id, sinceMs: draft.observed.nowMs })
  if (clear === null) return
  addStep(draft, {
    subject,
    action: { kind: 'start-container', id, restart: again !== undefined, streak: again?.streak ?? 0 },
    reason: { code: 'not-started' },
    class: cause.class,
    after: [created, ...clear, ...volumes, ...deleted, ...stepsForNetworksOf(draft, wanted)],
    position: placeOf(wanted.origin),
  })
}

type Cause = { readonly reason: Reason; readonly class: ChangeClass; readonly position: Position }

const creation = (wanted: Accepted): Cause => ({
  reason: { code: 'missing' },
  class: 'create',
  position: placeOf(wanted.origin),
})

function specChange({ observed }: Draft, wanted: Accepted, old: Candidate): Cause {
  const fields = changedSpecFields(wanted.spec, old.declaration.spec)
  if (fields.length === 0 && old.stoppedFor !== undefined)
    return {
      reason: { code: 'unhealthy', last: null },
      class: 'recreate',
      position: positionOf(wanted, ['spec.health']),
    }
  const to = wanted.base.follows
  if (fields.length === 0 && to !== null && old.image !== null && old.image.id !== to) {
    const reason = { code: 'tag-moved', from: old.image.id, to } as const
    return { reason, class: 'recreate', position: positionOf(wanted, ['spec.image']) }
  }
  const list = isRunning(old) ? mountsVerdict(wanted.spec, old, observed) : null
  const because = list?.by === 'recreate' ? { because: list.obstacle } : {}
  const reason = { code: 'spec-changed', fields, ...because } as const
  return { reason, class: 'recreate', position: positionOf(wanted, fields) }
}

const endpointsOf = ({ endpoints = {} }: Accepted) => (Object.keys(endpoints).length === 0 ? {} : { endpoints })

function inherit(draft: Draft, wanted: Accepted, olds: readonly Candidate[]): Readonly<Record<string, string>> {
  const inherited = new Map(olds.toReversed().flatMap(old => Object.entries(old.anonymousVolumes)))
  const targets = wanted.spec.mounts.flatMap(mount =>
    mount.type === 'volume' && mount.name === null ? [mount.target] : [],
  )
  const volumes = Object.fromEntries(
    [...targets, ...wanted.base.volumes].map(target => [target, inherited.get(target) ?? draft.mint()]),
  )
  for (const name of Object.values(volumes)) draft.taken.add(name)
  return volumes
}
