import type { DesiredContainer, DesiredSource, DesiredState } from '../model/desired.ts'
import { secondLookMs } from '../model/desired.ts'
import { fullName, type Subject } from '../model/identity.ts'
import type { ObservedContainer, ObservedVolume } from '../model/observed.ts'
import type { StepId } from '../model/plan.ts'
import { isReadable, isTorn, phaseOf, sortedBy } from './candidates.ts'
import { blockUnreadable } from './containers.ts'
import { deleteContainer, deleteTorn } from './deletions.ts'
import { containerSubject, type Draft, volumeSubject } from './draft.ts'
import { holdOf, refuseToPrune } from './left-alone.ts'
import { gripOn, isGuarded } from './sources.ts'
import { isRunning, stopRunning, waitForStart, waitForStop } from './stops.ts'
import { recordKey } from './wanted.ts'

/** Removes the containers that their source no longer declares. `declared`: names of their sources, as `ownKey`. */
export function pruneContainers(draft: Draft, desired: DesiredState, declared: ReadonlySet<string>): void {
  const undeclared = draft.observed.containers.filter(
    container => !declared.has(recordKey(container)) && gripOn(container.origin, desired) !== 'untouched',
  )
  // as the screen shows them: ids are random
  for (const container of sortedBy(undeclared, nameKey)) {
    const hold = holdOf(draft, container)
    if (hold !== null) refuseToPrune(draft, container, hold)
    else if (!isReadable(container)) blockUnreadable(draft, container)
    else if (isTorn(container)) deleteTorn(draft, container)
    else if (phaseOf(container) === 'starting') waitForStart(draft, container)
    else if (isRunning(container) && waitForStop(draft, container)) continue
    else if (absentLongEnough(draft, desired, containerSubject(container))) prune(draft, container)
  }
}

const nameKey = ({ declaration, id }: ObservedContainer) => [fullName(declaration.name), id]

function prune(draft: Draft, container: Parameters<typeof stopRunning>[1]): void {
  const cause = { reason: { code: 'undeclared' }, class: 'remove', position: null } as const
  const remove = (after: readonly StepId[]) => void deleteContainer(draft, container, { ...cause, after })
  if (isRunning(container)) stopRunning(draft, container, { ...cause, stop: container.declaration.stop })
  else if (draft.ordersStops) draft.departures.push({ container, go: remove })
  else remove([])
}

/** An absence counts once it was read twice, some time apart: editors and checkouts leave short gaps. */
export function absentLongEnough(draft: Draft, desired: DesiredState, subject: Subject): boolean {
  const key = `${subject.kind} ${subject.name}`
  const seenMs = Object.hasOwn(desired.absentSinceMs, key) ? desired.absentSinceMs[key] : undefined
  // after a clock that was set back, this is the first look
  const sinceMs = seenMs !== undefined && seenMs <= draft.observed.nowMs ? seenMs : undefined
  const untilMs = (sinceMs ?? draft.observed.nowMs) + secondLookMs
  if (sinceMs !== undefined && draft.observed.nowMs >= untilMs) return true
  draft.waiting.push({ subject, for: { code: 'second-look', untilMs } })
  return false
}

/** Says of each empty or vanished source what it would have removed, on the first such object. */
export function reportGuarded(draft: Draft, desired: DesiredState, declared: readonly DesiredContainer[]): void {
  const guarded = desired.sources.filter(isGuarded)
  if (guarded.length === 0) return
  const written = new Set(declared.map(container => container.origin.source + fullKey(container)))
  for (const source of guarded) {
    const containers = draft.observed.containers.filter(
      container =>
        container.origin.source === source.name && !written.has(source.name + fullKey(container.declaration)),
    )
    const volumes = draft.observed.volumes.filter(volume => isDisposable(volume, source, desired))
    report(draft, source, [...containers.map(subjectOf), ...volumes.map(({ name }) => volumeSubject(name))])
  }
}

function report(draft: Draft, source: DesiredSource, subjects: readonly Subject[]): void {
  const [first] = subjects
  if (first === undefined || source.read === 'ok' || source.read === 'unread') return
  const { name, read } = source
  const refusal = { code: 'empty-source', source: name, read, objects: subjects.length } as const
  draft.blocked.push({ subject: first, refusal, position: null })
}

const subjectOf = (container: ObservedContainer): Subject => containerSubject(container)
const fullKey = ({ name }: Pick<DesiredContainer, 'name'>) => JSON.stringify([name.project, name.name])
const isDisposable = (volume: ObservedVolume, source: DesiredSource, desired: DesiredState) =>
  volume.removal === 'delete' &&
  volume.origin?.source === source.name &&
  !desired.volumes.some(({ name, origin }) => name === volume.name && origin.source === source.name)
