import { fullName } from '../model/identity.ts'
import { parkedUntilMs } from '../model/heals.ts'
import { type Hold, inForce } from '../model/hold.ts'
import type { ObservedContainer } from '../model/observed.ts'
import type { Accepted } from './accepted.ts'
import { type Candidate, isReadable, isTorn, named } from './candidates.ts'
import { containerSubject, type Draft, placeOf } from './draft.ts'
import { recordExit } from './exits.ts'
import { adoptIfLost } from './stops.ts'

type Held = { readonly container: ObservedContainer; readonly hold: Hold }

/** The one of this name that somebody holds. */
export function heldOf(draft: Draft, name: Accepted['name']): Held | null {
  for (const container of named(draft, fullName(name))) {
    const hold = holdOf(draft, container)
    if (hold !== null) return { container, hold }
  }
  return null
}

export const holdOf = ({ observed }: Draft, container: ObservedContainer): Hold | null =>
  inForce(container.hold, observed.nowMs)

/** Nothing of this name is changed; only what became of it is written down, and its log kept flowing. */
export function leaveHeld(draft: Draft, { container, hold }: Held): void {
  const { untilMs, reason } = hold
  for (const one of named(draft, fullName(container.declaration.name)).filter(isReadable))
    if (!isTorn(one)) keepBooks(draft, one)
  draft.left.push({ subject: containerSubject(container), why: { code: 'hold', untilMs, reason } })
}

export function keepBooks(draft: Draft, candidate: Candidate): void {
  recordExit(draft, candidate)
  adoptIfLost(draft, candidate)
}

/** A held container that no manifest declares any more. */
export function refuseToPrune(draft: Draft, container: ObservedContainer, { untilMs, reason }: Hold): void {
  if (isReadable(container)) keepBooks(draft, container)
  const refusal = { code: 'held', untilMs, reason } as const
  draft.blocked.push({ subject: containerSubject(container), refusal, position: placeOf(container.origin) })
}

/**
 * True: what drifted in these fields is only told, because the manifest says so (`heal: report`), or because all of them are
 * written back by somebody as often as they are healed.
 */
export function isLeftAlone(draft: Draft, wanted: Accepted, kept: Candidate, fields: readonly string[]): boolean {
  const subject = containerSubject(kept)
  if (wanted.heal === 'report') {
    draft.left.push({ subject, why: { code: 'report', fields } })
    return true
  }
  const { nowMs } = draft.observed
  const parked = fields.map(field => parkedUntilMs(kept.heals?.[field], nowMs))
  if (parked.length === 0 || parked.some(untilMs => untilMs === null)) return false
  const untilMs = Math.min(...parked.filter(one => one !== null))
  draft.left.push({ subject, why: { code: 'fighting', fields, untilMs } })
  return true
}
