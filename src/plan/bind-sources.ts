import type { DesiredContainer } from '../model/desired.ts'
import type { ObservedState } from '../model/observed.ts'
import { type Draft, placeOf } from './draft.ts'
import { fullName, type ContainerId } from '../model/identity.ts'
import { positionOf } from './positions.ts'

export type MissingSource = { readonly path: string; readonly why: string; readonly mount: number }

/** The first bind source without which a container can't start. A path that nobody looked at is left to the start. */
export function missingBindSource(container: DesiredContainer, observed: ObservedState): MissingSource | null {
  for (const [index, mount] of container.spec.mounts.entries()) {
    if (mount.type !== 'bind') continue
    const found = Object.hasOwn(observed.bindSources, mount.source) ? observed.bindSources[mount.source] : undefined
    if (found === undefined) continue
    if (!found.known) return { path: mount.source, why: found.why, mount: index }
    if (found.value === 'absent' && !mount.createSource)
      return { path: mount.source, why: 'it does not exist', mount: index }
  }
  return null
}

export function blockOnBindSource(
  draft: Draft,
  container: DesiredContainer,
  id: ContainerId | null,
  missing: MissingSource,
): void {
  const mount = `spec.mounts.${missing.mount}`
  draft.blocked.push({
    subject: { kind: 'container', name: fullName(container.name), id },
    refusal: { code: 'bind-source', path: missing.path, why: missing.why },
    position: placeOf(positionOf(container, [`${mount}.source`, mount])),
  })
}
