import type { ContainerSpec, Mount } from '../model/desired.ts'
import { imageVolumes } from '../model/image-volumes.ts'
import type { MountAway, MountObstacle, MountPut, MountsChange } from '../model/mount-change.ts'
import type { MountDrift } from '../model/mount-drift.ts'
import type { ObservedContainer, ObservedState } from '../model/observed.ts'
import { type Compared, compareMounts } from './compared-mounts.ts'
import { obstacleTo } from './mount-obstacles.ts'
import { same } from './same.ts'

/** How a running container gets another list of mounts; null: it is the same list. */
export type MountsVerdict =
  | { readonly by: 'in-place'; readonly change: MountsChange }
  | { readonly by: 'recreate'; readonly obstacle: MountObstacle }

export function mountsVerdict(
  wanted: ContainerSpec,
  one: ObservedContainer,
  observed: Pick<ObservedState, 'images'>,
): MountsVerdict | null {
  if (same(wanted.mounts, one.declaration.spec.mounts)) return null
  const list = compareMounts(wanted.mounts, one)
  const drifts = one.mountDrifts?.known === true ? one.mountDrifts.value : []
  const obstacle = obstacleTo(list, { wanted, drifts, imageVolumes: volumesOfImage(one, observed), container: one })
  return obstacle === null ? { by: 'in-place', change: changeOf(list, drifts) } : { by: 'recreate', obstacle }
}

function changeOf(list: readonly Compared[], drifts: readonly MountDrift[]): MountsChange {
  const away = list.flatMap(({ before, how }): MountAway[] =>
    before !== null && (how === 'removed' || how === 'anew' || how === 'below')
      ? [{ mount: before, edit: wayOut(drifts.find(({ mount }) => mount.target === before.target)) }]
      : [],
  )
  const put = list.flatMap(({ before, after, how }): MountPut[] => {
    if (after === null || how === 'none') return []
    const isThere = drifts.every(({ mount, fault }) => mount.target !== after.target || fault.kind !== 'missing')
    return [{ mount: after, edit: how === 'options' && isThere ? how : 'attach', before }]
  })
  return {
    away: away.toSorted((a, b) => depth(b.mount) - depth(a.mount)),
    put: put.toSorted((a, b) => depth(a.mount) - depth(b.mount)),
  }
}

/** Its source can tell whether it is what was recorded, unless that is no longer what it shows. */
function wayOut(drift: MountDrift | undefined): MountAway['edit'] {
  const kind = drift?.fault.kind ?? 'options'
  if (kind === 'missing') return null
  return kind === 'options' || kind === 'cut-off' ? 'withdraw' : 'detach'
}

const depth = ({ target }: Mount): number => target.split('/').filter(part => part !== '').length

/** null: what its image is now can't be told. */
function volumesOfImage({ image }: ObservedContainer, { images }: Pick<ObservedState, 'images'>): string[] | null {
  if (image === null) return []
  const now = Object.hasOwn(images, image.reference) ? images[image.reference] : undefined
  return now?.state === 'present' && now.id === image.id ? imageVolumes(now.config.defaults) : null
}
