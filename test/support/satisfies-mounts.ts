import type { ContainerSpec, DesiredContainer, Mount } from '../../src/model/desired.ts'
import type { ObservedContainer, ObservedState } from '../../src/model/observed.ts'
import { volumeTargets } from './model-pulls.ts'

/** Another list of mounts, and all that it takes can be had under the running process. */
export function isListForProcess(
  { spec }: Pick<DesiredContainer, 'spec'>,
  old: ObservedContainer,
  looks: readonly ObservedState[],
): boolean {
  const was = old.declaration.spec
  if (!differsInMounts({ spec }, old)) return false
  const drifts = old.mountDrifts?.known === true ? old.mountDrifts.value : []
  if (drifts.some(({ fault }) => fault.kind !== 'missing' && fault.kind !== 'options')) return false
  // what is missing may have taken others with it
  if (drifts.some(({ mount }) => spec.mounts.some(({ target }) => target.startsWith(`${mount.target}/`)))) return false
  return sameAnonymous(spec.mounts, was.mounts) && looks.every(look => keepsOffImage(spec.mounts, old, look))
}

/** At most. */
export const differsInMounts = (
  { spec }: Pick<DesiredContainer, 'spec'>,
  { declaration }: ObservedContainer,
): boolean => JSON.stringify(withoutMounts(spec)) === JSON.stringify(withoutMounts(declaration.spec))

const withoutMounts = ({ mounts: _mounts, ...spec }: ContainerSpec) => spec

const sameAnonymous = (a: readonly Mount[], b: readonly Mount[]): boolean => anonymous(a) === anonymous(b)
const anonymous = (mounts: readonly Mount[]): string =>
  mounts.flatMap(mount => (mount.type === 'volume' && mount.name === null ? [mount.target] : [])).join()

/** Where the image has a VOLUME only a new container begins with another one. */
function keepsOffImage(mounts: readonly Mount[], { image, declaration }: ObservedContainer, look: ObservedState) {
  if (image === null) return true
  const now = look.images[image.reference]
  if (now?.state !== 'present' || now.id !== image.id) return false
  const targets = new Set([...mounts, ...declaration.spec.mounts].map(({ target }) => target))
  return volumeTargets(image.id).every(target => !targets.has(target))
}
