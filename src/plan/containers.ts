import type { DesiredContainer } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { StepId } from '../model/plan.ts'
import { type Accepted, type Asked, lastGood } from './accepted.ts'
import { byPreference, type Candidate, isReadable, isTorn, named, phaseOf } from './candidates.ts'
import { sameSpec } from './changes.ts'
import { isAsWanted } from './run-change.ts'
import { clearance, isClear } from './dependencies.ts'
import { deleteContainer, deleteTorn } from './deletions.ts'
import { containerSubject, type Draft, placeOf } from './draft.ts'
import { taggedImage } from './images.ts'
import { createAndStart, recreate } from './recreate.ts'
import { keepRunning } from './running.ts'
import { stopUntilMs } from './stop-operations.ts'
import { isRunning, stopRunning, waitForStart } from './stops.ts'
import { keepStopped } from './stopped.ts'

/** Brings one name to its wanted container. What can't be read is not acted on, nor is anything else of that name. */
export function planContainer(draft: Draft, wanted: Accepted): void {
  const all = named(draft, fullName(wanted.name))
  const unreadable = all.filter(container => !isReadable(container))
  if (unreadable.length > 0) return unreadable.forEach(container => blockUnreadable(draft, container))
  const candidates = all.filter(isReadable)
  for (const torn of candidates.filter(isTorn)) deleteTorn(draft, torn)
  const whole = byPreference(
    candidates.filter(candidate => !isTorn(candidate)),
    wanted,
    taggedImage(wanted, draft.observed),
  )
  const starting = whole.filter(candidate => phaseOf(candidate) === 'starting')
  if (starting.length > 0) return starting.forEach(candidate => waitForStart(draft, candidate))
  const [kept, ...others] = whole
  if (kept === undefined) createAndStart(draft, wanted, [])
  else if (!isAsWanted(wanted, wanted.base.follows, kept, draft.observed)) replace(draft, wanted, whole)
  else if (isToBeMadeAnew(wanted, kept)) createAndStart(draft, wanted, whole)
  else keep(draft, wanted, kept, others)
}

/** What was stopped for its ill health, and whose image is here. */
const isToBeMadeAnew = (wanted: Accepted, kept: Candidate): boolean =>
  kept.stoppedFor?.recreate === true &&
  wanted.state === 'running' &&
  (wanted.spec.image === null || wanted.base.use !== null)

/** What runs instead of it may have to go on, with its volumes, until its dependencies let it be replaced. */
export function mayGoOn(draft: Draft, asked: Asked): Accepted[] {
  if (asked.needs.length === 0) return []
  const running = named(draft, fullName(asked.wanted.name)).filter(isReadable).filter(isRunning)
  return running.flatMap(one => (sameSpec(asked.wanted, one.declaration) ? [] : (lastGood(draft, asked, one) ?? [])))
}

/** Nothing is stopped for another one that could not be started yet. */
function replace(draft: Draft, wanted: Accepted, whole: readonly Candidate[]): void {
  const running = whole.find(isRunning)
  const isStopping = running !== undefined && stopUntilMs(draft.observed, running.id) !== null
  const isReady = running === undefined || isStopping || wanted.state === 'stopped' || isClear(draft, wanted)
  if (isReady) return recreate(draft, wanted, whole)
  clearance(draft, wanted, { id: running.id, sinceMs: draft.observed.nowMs })
  const good = lastGood(draft, { wanted, needs: wanted.needs }, running)
  if (good === null) return
  keep(
    draft,
    good,
    running,
    whole.filter(other => other !== running),
  )
}

/** A refused name gets nothing new, but what a crash left of it goes. */
export function clearRefused(draft: Draft, refused: DesiredContainer): void {
  const own = named(draft, fullName(refused.name))
  if (own.every(isReadable)) for (const torn of own.filter(isReadable).filter(isTorn)) deleteTorn(draft, torn)
}

function keep(draft: Draft, wanted: Accepted, kept: Candidate, others: readonly Candidate[]): void {
  const removed = others.filter(other => !isRunning(other)).map(other => removeOther(draft, wanted, kept, other))
  const running = others.filter(isRunning)
  for (const other of running) stopOther(draft, wanted, kept, other)
  if (isRunning(kept)) keepRunning(draft, wanted, kept)
  else keepStopped(draft, wanted, kept, { mayStart: running.length === 0, after: removed })
}

const removeOther = (draft: Draft, wanted: Accepted, kept: Candidate, other: Candidate): StepId =>
  deleteContainer(draft, other, { ...otherCause(wanted, kept), after: [] })

const stopOther = (draft: Draft, wanted: Accepted, kept: Candidate, other: Candidate): void =>
  stopRunning(draft, other, { ...otherCause(wanted, kept), stop: other.declaration.stop })

const otherCause = (wanted: Accepted, kept: Candidate) => ({
  reason: { code: 'duplicate', of: kept.id } as const,
  class: 'remove' as const,
  position: placeOf(wanted.origin),
})

export function blockUnreadable(draft: Draft, container: Parameters<typeof isReadable>[0]): void {
  if (container.phase.known) return
  draft.blocked.push({
    subject: containerSubject(container),
    refusal: { code: 'unreadable', why: container.phase.why },
    position: placeOf(container.origin),
  })
}
