import type { DesiredContainer } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import { type Limits, normalise } from '../model/limits.ts'
import { lostRuns } from '../model/observed.ts'
import { blockOnBindSource, missingBindSource, unmountedSource, waitForMount } from './bind-sources.ts'
import { asDesired, byPreference, type Candidate, isReadable, isTorn, named } from './candidates.ts'
import { isAsWanted } from './run-change.ts'
import { type Draft, placeOf } from './draft.ts'
import { type Base, followedImage, rootfsBase, settleImage, taggedImage } from './images.ts'
import type { Endpoints } from '../model/network.ts'
import { keptEndpoints, noteMissingNetworks, settleEndpoints } from './endpoints.ts'
import type { Need } from './needs.ts'
import { mayPublish } from './ports.ts'
import { same } from './same.ts'
import { isRunning } from './stops.ts'
import { limitPaths, positionOf } from './positions.ts'

/** A wanted container that this host can be asked for, with its limits in normal form. */
export type Accepted = DesiredContainer & {
  readonly normal: Limits
  readonly base: Base
  readonly needs: readonly Need[]
  /** missing: as recorded */
  readonly endpoints?: Endpoints
}

/** What a manifest asks for, and what it means by its dependencies. */
export type Asked = { readonly wanted: DesiredContainer; readonly needs: readonly Need[] }

/** The manifest's part of it, for records. */
export const declared = ({
  normal: _normal,
  base: _base,
  needs: _needs,
  endpoints: _endpoints,
  ...container
}: Accepted): DesiredContainer => container

/**
 * Refuses what can't be made here, or not yet. What is there already then keeps its last good state. `isRecord`: the
 * manifest can't be read, so nothing new is asked for.
 */
export function accept(draft: Draft, asked: Asked, isRecord: boolean): Accepted | null {
  const { wanted, needs } = asked
  const all = named(draft, fullName(wanted.name))
  const existing = wholeCandidates(draft, wanted)
  const id = existing[0]?.id ?? null
  if (all.length === 0 && isMaybeLost(draft, wanted)) return null
  const normal = checkLimits(draft, wanted, existing[0])
  if (normal === null) return lastGood(draft, asked, existing[0])
  // nothing is done about a name of which something can't be read
  if (isRecord || !all.every(isReadable))
    return { ...wanted, needs, normal, base: rootfsBase, ...asRecorded(draft, wanted, existing[0]) }
  const endpoints = mayPublish(draft, wanted, id) ? settleEndpoints(draft, wanted, id) : null
  if (endpoints === null) return lastGood(draft, asked, existing[0])
  const follows = followedImage(wanted, draft.observed)
  const needsNew = !existing.some(candidate => isAsWanted(wanted, follows, candidate, draft.observed))
  const needsMounts = needsNew || changesMounts(wanted, existing)
  const unmounted =
    existing[0] !== undefined && isRunning(existing[0]) && !needsMounts ? null : unmountedSource(wanted, draft)
  if (unmounted !== null) {
    waitForMount(draft, wanted, id, unmounted)
    return needsMounts ? lastGood(draft, asked, existing[0]) : null
  }
  const missing = needsMounts ? missingBindSource(wanted, draft.observed) : null
  if (missing !== null) {
    blockOnBindSource(draft, wanted, id, missing)
    return lastGood(draft, asked, existing[0])
  }
  const base = settleImage(draft, wanted, { id, needsNew })
  if (base !== null) noteMissingNetworks(draft, wanted, id, endpoints)
  return base === null ? lastGood(draft, asked, existing[0]) : { ...wanted, needs, normal, base, endpoints }
}

/** Under the running process; what does not run has its mounts made at its start. */
const changesMounts = ({ spec }: DesiredContainer, [kept]: readonly Candidate[]): boolean =>
  kept !== undefined && isRunning(kept) && !same(spec.mounts, kept.declaration.spec.mounts)

/** A run whose record is lost may be the one that is wanted: nothing is started beside it. */
function isMaybeLost(draft: Draft, wanted: DesiredContainer): boolean {
  const [lost] = lostRuns(draft.observed)
  if (lost === undefined) return false
  const subject = { kind: 'container', name: fullName(wanted.name), id: null } as const
  const refusal = { code: 'record-lost', id: lost.id, pid: lost.pid } as const
  draft.blocked.push({ subject, refusal, position: placeOf(wanted.origin) })
  return true
}

function checkLimits(draft: Draft, wanted: DesiredContainer, existing: Candidate | undefined): Limits | null {
  const { limits, unenforceable } = normalise(wanted.limits, draft.observed.kernel)
  if (unenforceable.length === 0) return limits
  const subject = { kind: 'container', name: fullName(wanted.name), id: existing?.id ?? null } as const
  const position = positionOf(
    wanted,
    unenforceable.slice(0, 1).flatMap(({ field }) => limitPaths(field)),
  )
  if (wanted.bestEffort) draft.notices.push({ subject, unenforceable, position })
  else draft.blocked.push({ subject, refusal: { code: 'unenforceable', limits: unenforceable }, position })
  return wanted.bestEffort ? limits : null
}

/** What can be asked for of it all the same is whether to heal it, to stay stopped where it is, and on what it depends. */
export function lastGood(draft: Draft, { wanted, needs }: Asked, existing: Candidate | undefined): Accepted | null {
  if (existing === undefined) return null
  const { dependsOn: _before, ...good } = asDesired(existing)
  const { heal, dependsOn } = wanted
  const state = isRunning(existing) || wanted.state !== 'stopped' ? good.state : wanted.state
  const recorded = { ...good, heal, state, needs, ...(dependsOn === undefined ? {} : { dependsOn }) }
  const { limits, unenforceable } = normalise(recorded.limits, draft.observed.kernel)
  if (unenforceable.length > 0 && !recorded.bestEffort) return null
  return { ...recorded, normal: limits, base: rootfsBase, ...asRecorded(draft, recorded, existing) }
}

const asRecorded = (draft: Draft, good: DesiredContainer, one: Candidate | undefined): Pick<Accepted, 'endpoints'> =>
  one?.endpoints === undefined ? {} : { endpoints: keptEndpoints(draft, good, one.endpoints) }

const wholeCandidates = (draft: Draft, wanted: DesiredContainer): Candidate[] =>
  byPreference(
    named(draft, fullName(wanted.name))
      .filter(isReadable)
      .filter(candidate => !isTorn(candidate)),
    wanted,
    taggedImage(wanted, draft.observed),
  )
