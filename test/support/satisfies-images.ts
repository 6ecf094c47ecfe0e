import { fullName } from '../../src/model/identity.ts'
import type { DesiredContainer, DesiredState } from '../../src/model/desired.ts'
import type { ObservedContainer, ObservedState } from '../../src/model/observed.ts'
import { volumeTargets } from './model-pulls.ts'
import { asksForAnother } from './model-files.ts'
import { isIll, mustBeReplaced } from './model-looks.ts'
import type { Evidence } from './satisfies.ts'
import { differsInMounts } from './satisfies-mounts.ts'

/** `pull: never`, and nobody else has brought the image. */
export const lacksImage = ({ spec, pull }: DesiredContainer, after: ObservedState): boolean =>
  spec.image !== null && pull === 'never' && idOf(after, spec.image) === null

/** Of this spec and, where a tag is followed, of what that has come to mean: it can stay. */
export const isMadeOf = (container: DesiredContainer, one: ObservedContainer, after: ObservedState): boolean =>
  one.declaration.digest === container.digest &&
  (container.pull !== 'always' || container.spec.image === null || one.image?.id === idOf(after, container.spec.image))

/** A container is of the image that its tag meant when it was made; under `pull: always` of what the tag means. */
export function aboutImage(
  container: DesiredContainer,
  was: readonly ObservedContainer[],
  only: ObservedContainer,
  evidence: Evidence,
): string[] {
  const { before, after } = evidence
  const { image: reference } = container.spec
  if (reference === null) return only.image === null ? [] : ['made from an image']
  const id = only.image?.id ?? null
  const found = only.image?.reference === reference ? [] : [`made from ${only.image?.reference}`]
  const kept = was
    .filter(({ id: own, declaration }) => own === only.id || declaration.digest === container.digest)
    .map(one => one.image?.id)
  const known = [idOf(before, reference), idOf(after, reference), ...kept]
  if (!known.includes(id ?? '')) found.push('of an image that nobody has seen')
  if (container.pull !== 'always') return [...found, ...aboutHaste(container, was, evidence)]
  if (id !== idOf(after, reference)) found.push('not of the image that its tag means')
  if (!Object.hasOwn(after.pullsDone, reference)) found.push('the registry was not asked')
  return [...found, ...aboutHaste(container, was, evidence)]
}

/** What runs is left alone until the image of its successor is here. */
function aboutHaste(container: DesiredContainer, was: readonly ObservedContainer[], evidence: Evidence): string[] {
  const { before, touches, arrivedAtMs, behaviours } = evidence
  const [old, ...others] = was
  const fallsIll = old?.checked === true && (behaviours[fullName(container.name)]?.sickRuns ?? 0) > 0
  const reference = container.spec.image ?? ''
  if (old === undefined || others.length > 0 || idOf(before, reference) !== null) return []
  // with other mounts alone, nothing new is needed for what is to be stopped
  const isOther =
    old.declaration.digest !== container.digest && !(container.state === 'stopped' && differsInMounts(container, old))
  const isForItself = mustBeReplaced(old) || isIll(old) || fallsIll || asksForAnother(old.declaration, old)
  const isLeftAlone = old.declaration.state !== 'stopped' && old.restarts.requestedAtMs === null && !isForItself
  const stop = touches.find(({ id, action }) => id === old.id && action === 'begin-stop')
  const follows = container.dependsOn?.some(({ restartWith }) => restartWith) === true
  if (!isOther || !isLeftAlone || follows || stop === undefined) return []
  return stop.atMs >= (arrivedAtMs(reference) ?? Number.POSITIVE_INFINITY) ? [] : ['stopped before its image was here']
}

/** Nothing is asked of a registry that no manifest asks for. */
export function aboutPulls({ desired, before, touches }: Evidence): string[] {
  const asked = [...new Set(touches.filter(({ action }) => action === 'begin-pull').map(({ id }) => id))]
  return asked.flatMap(reference => {
    const policies = policiesOf(desired, reference)
    if (policies.every(policy => policy === 'never')) return [`image ${reference}: pulled although nobody asked`]
    const isHere = idOf(before, reference) !== null
    return isHere && !policies.includes('always') ? [`image ${reference}: pulled although it is here`] : []
  })
}

/** Targets of the VOLUMEs of a container's image that no mount covers. */
export const imageTargets = ({ image, declaration: { spec } }: ObservedContainer): string[] =>
  (image === null ? [] : volumeTargets(image.id)).filter(target => !spec.mounts.some(mount => mount.target === target))

/** A tag that moves twice may mean an image in between that has no use for a volume; then it is gone. */
export const isOfPassing = (target: string, { spec }: DesiredContainer, before: ObservedState): boolean => {
  const id = idOf(before, spec.image ?? '')
  const isMounted = spec.mounts.some(mount => mount.target === target)
  return !isMounted && id !== null && !volumeTargets(id).includes(target)
}

const policiesOf = (desired: DesiredState, reference: string) =>
  desired.containers.filter(({ spec }) => spec.image === reference).map(({ pull }) => pull)

function idOf({ images }: ObservedState, reference: string): string | null {
  const image = images[reference]
  return image?.state === 'present' ? image.id : null
}
