import type { ContainerDeclaration, DesiredContainer } from '../model/desired.ts'
import { type ContainerId, fullName } from '../model/identity.ts'
import { uncoveredVolumes } from '../model/image-volumes.ts'
import type { ImageUse, ObservedImage, ObservedState } from '../model/observed.ts'
import type { Refusal } from '../model/plan.ts'
import { pullAgainAtMs } from '../supervise/pull.ts'
import { addStep, type Draft, imageSubject } from './draft.ts'
import { positionOf } from './positions.ts'

/** What a new container is made from, and which image an old one must have been made from. */
export type Base = {
  /** null: a rootfs */
  readonly use: ImageUse | null
  /** targets of the image's VOLUMEs that no mount covers */
  readonly volumes: readonly string[]
  readonly follows: string | null
}

export const rootfsBase: Base = { use: null, volumes: [], follows: null }

/** Under `pull: always` the id of what the tag means here now; null: any image will do. */
export function taggedImage({ spec, pull }: ContainerDeclaration, observed: ObservedState): string | null {
  if (spec.image === null || pull !== 'always') return null
  const image = imageOf(observed, spec.image)
  return image.state === 'present' ? image.id : null
}

/** The same, but only once this process has asked the registry: then other images must go. */
export const followedImage = (wanted: ContainerDeclaration, observed: ObservedState): string | null =>
  Object.hasOwn(observed.pullsDone, wanted.spec.image ?? '') ? taggedImage(wanted, observed) : null

type Need = {
  readonly id: ContainerId | null
  /** no container is as wanted: one must be made */
  readonly needsNew: boolean
}

/** The image of a wanted container; null: it can't be made before a pull, and what is there stays as it is. */
export function settleImage(draft: Draft, wanted: DesiredContainer, need: Need): Base | null {
  const reference = wanted.spec.image
  if (reference === null) return rootfsBase
  const image = imageOf(draft.observed, reference)
  const hasAsked = wanted.pull !== 'always' || Object.hasOwn(draft.observed.pullsDone, reference)
  const needsPull = !hasAsked || (need.needsNew && image.state === 'absent')
  if (needsPull) obtain(draft, wanted, reference, need)
  if (needsPull && need.needsNew) return null
  return baseOf(wanted, reference, image, followedImage(wanted, draft.observed))
}

function baseOf(wanted: DesiredContainer, reference: string, image: ObservedImage, follows: string | null): Base {
  if (image.state === 'absent') return { ...rootfsBase, follows }
  const volumes = uncoveredVolumes(image.config.defaults, wanted.spec.mounts)
  return { use: { id: image.id, reference }, volumes, follows }
}

/** Begins a pull, or waits for the one that runs: one a reference, however many containers need it. */
function obtain(draft: Draft, wanted: DesiredContainer, reference: string, { id, needsNew }: Need): void {
  const { operations, nowMs } = draft.observed
  const subject = { kind: 'container', name: fullName(wanted.name), id } as const
  const refusal = refusalOf(draft.observed, wanted, reference)
  if (refusal !== null) {
    draft.blocked.push({ subject, refusal, position: positionOf(wanted, ['spec.image']) })
    return
  }
  const running = operations.find(one => one.kind === 'pull' && one.reference === reference)
  if (running === undefined) beginPull(draft, wanted, reference, needsNew)
  if (running === undefined && !needsNew) return
  draft.waiting.push({ subject, for: { code: 'pull', reference, sinceMs: running?.sinceMs ?? nowMs } })
}

function beginPull(draft: Draft, wanted: DesiredContainer, reference: string, needsNew: boolean): void {
  if (draft.pulled.has(reference)) return
  draft.pulled.add(reference)
  const isAbsent = imageOf(draft.observed, reference).state === 'absent'
  addStep(draft, {
    subject: imageSubject(reference),
    action: { kind: 'begin-pull', reference },
    reason: { code: needsNew && isAbsent ? 'image-missing' : 'pull-always', for: fullName(wanted.name) },
    class: needsNew ? 'create' : 'bookkeeping',
    after: [],
    position: positionOf(wanted, ['spec.image']),
  })
}

const vanishedDelayMs = 5000

function refusalOf(observed: ObservedState, wanted: DesiredContainer, reference: string): Refusal | null {
  const { nowMs, operations } = observed
  if (wanted.pull === 'never') return { code: 'image-absent', reference }
  if (operations.some(one => one.kind === 'pull' && one.reference === reference)) return null
  const failure = own(observed.pullFailures, reference)
  const untilMs = failure === undefined ? null : pullAgainAtMs(failure, nowMs)
  if (failure !== undefined && untilMs !== null) {
    const { message, attempts } = failure
    return { code: 'pull-failed', reference, message, attempts, untilMs }
  }
  const done = own(observed.pullsDone, reference)
  const vanishedUntilMs = (done?.atMs ?? Number.NEGATIVE_INFINITY) + vanishedDelayMs
  if (done === undefined || nowMs >= vanishedUntilMs || nowMs < done.atMs) return null
  const message = 'it was pulled, and is not in the image stores now'
  return { code: 'pull-failed', reference, message, attempts: 1, untilMs: vanishedUntilMs }
}

const imageOf = ({ images }: ObservedState, reference: string): ObservedImage =>
  own(images, reference) ?? { state: 'absent' }

const own = <T>(values: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(values, key) ? values[key] : undefined
