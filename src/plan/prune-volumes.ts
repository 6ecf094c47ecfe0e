import type { DesiredContainer, DesiredState } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { ContainerId } from '../model/identity.ts'
import { lostRuns, type ObservedVolume } from '../model/observed.ts'
import type { StepId } from '../model/plan.ts'
import { namedVolumes } from './container-volumes.ts'
import { addStep, type Draft, volumeSubject } from './draft.ts'
import { absentLongEnough } from './prune.ts'
import { gripOn } from './sources.ts'

/** Deletes undeclared volumes whose manifest said `removal: delete`, once nothing uses them. All others are kept. */
export function pruneVolumes(draft: Draft, desired: DesiredState, wanted: readonly DesiredContainer[]): void {
  for (const volume of draft.observed.volumes) {
    if (volume.removal !== 'delete' || volume.anonymous || gripOn(volume.origin, desired) !== 'prunable') continue
    if (desired.volumes.some(({ name }) => name === volume.name)) continue
    if (absentLongEnough(draft, desired, volumeSubject(volume.name))) prune(draft, desired, volume, wanted)
  }
}

function prune(draft: Draft, desired: DesiredState, volume: ObservedVolume, wanted: readonly DesiredContainer[]): void {
  const subject = volumeSubject(volume.name)
  const keeper = wanted.find(container => mounts(container, volume))
  const users = draft.observed.containers.filter(({ declaration }) => mounts(declaration, volume))
  const leaving = new Map(users.flatMap(user => leave(draft, user.id, volume)))
  const staying = users.filter(user => !leaving.has(user.id))
  const strangers = staying.filter(user => gripOn(user.origin, desired) === 'untouched')
  const usedBy = keeper?.name ?? strangers[0]?.declaration.name
  if (usedBy !== undefined) {
    draft.blocked.push({
      subject,
      refusal: { code: 'would-lose-data', usedBy: fullName(usedBy) },
      position: null,
    })
    return
  }
  const [lost] = lostRuns(draft.observed)
  if (lost !== undefined) {
    const refusal = { code: 'record-lost', id: lost.id, pid: lost.pid } as const
    draft.blocked.push({ subject, refusal, position: null })
    return
  }
  // Its users are on their way out; the pass that sees them gone deletes it.
  if (staying.length > 0) return
  const after = [...leaving.values()].sort((a, b) => a - b)
  const action = { kind: 'delete-volume', name: volume.name } as const
  addStep(draft, { subject, action, reason: { code: 'undeclared' }, class: 'remove', after, position: null })
}

/** The steps that remove a container, or take the volume from it while it runs. */
function leave({ gone, steps }: Draft, id: ContainerId, volume: ObservedVolume): [ContainerId, StepId][] {
  const removal = gone.get(id)
  if (removal !== undefined) return [[id, removal]]
  const taking = steps.find(
    ({ action }) =>
      action.kind === 'update-record' &&
      action.id === id &&
      action.run?.mounts?.away.some(({ mount }) => mount.type === 'volume' && mount.name === volume.name),
  )
  return taking === undefined ? [] : [[id, taking.id]]
}

const mounts = (container: Pick<DesiredContainer, 'spec'>, volume: ObservedVolume): boolean =>
  namedVolumes(container).some(({ name }) => name === volume.name)
