import { onChangeOf } from '../model/bound-file.ts'
import type { DesiredContainer } from '../model/desired.ts'
import type { ObservedState } from '../model/observed.ts'
import { type Draft, placeOf } from './draft.ts'
import { fullName, type ContainerId } from '../model/identity.ts'
import { positionOf } from './positions.ts'

/** `field`: where the manifest names it. */
export type MissingSource = { readonly path: string; readonly why: string; readonly field: string }

/** The root, or the first bind source, without which a container can't start. A path that nobody looked at is left to the start. */
export function missingBindSource(container: DesiredContainer, observed: ObservedState): MissingSource | null {
  const { rootfs } = container.spec
  const root = rootfs !== null && Object.hasOwn(observed.bindSources, rootfs) ? observed.bindSources[rootfs] : undefined
  if (rootfs !== null && root !== undefined && !(root.known && root.value === 'directory'))
    return { path: rootfs, why: root.known ? notADirectory(root.value) : root.why, field: 'spec.rootfs' }
  for (const [index, mount] of container.spec.mounts.entries()) {
    if (mount.type !== 'bind') continue
    const found = Object.hasOwn(observed.bindSources, mount.source) ? observed.bindSources[mount.source] : undefined
    if (found === undefined) continue
    if (!found.known) return { path: mount.source, why: found.why, field: `spec.mounts.${index}` }
    if (found.value === 'absent' && !mount.createSource)
      return { path: mount.source, why: 'it does not exist', field: `spec.mounts.${index}` }
    if (found.value !== 'absent' && found.value !== 'file' && onChangeOf(container, mount.target) !== 'report')
      return { path: mount.source, why: notForFiles(found.value), field: `spec.mounts.${index}` }
  }
  return null
}

const notADirectory = (found: string) => (found === 'absent' ? 'it does not exist' : 'it is not a directory')

const notForFiles = (found: string) =>
  `onChange is for files, and it is ${found === 'directory' ? 'a directory' : 'something else'}`

export function blockOnBindSource(
  draft: Draft,
  container: DesiredContainer,
  id: ContainerId | null,
  missing: MissingSource,
): void {
  draft.blocked.push({
    subject: { kind: 'container', name: fullName(container.name), id },
    refusal: {
      code: 'bind-source',
      what: missing.field === 'spec.rootfs' ? 'rootfs' : 'bind source',
      path: missing.path,
      why: missing.why,
    },
    position: placeOf(positionOf(container, [`${missing.field}.source`, missing.field])),
  })
}

/** The first source that must be a mount point and is none; of a container that is to run. */
export function unmountedSource({ spec, state }: DesiredContainer, { observed }: Draft): string | null {
  const unmounted = state !== 'stopped' ? (observed.unmountedSources ?? []) : []
  const mount = spec.mounts.find(
    one => one.type === 'bind' && one.requireMount === true && unmounted.includes(one.source),
  )
  return mount?.type === 'bind' ? mount.source : null
}

export function waitForMount(draft: Draft, { name }: DesiredContainer, id: ContainerId | null, path: string): void {
  draft.waiting.push({ subject: { kind: 'container', name: fullName(name), id }, for: { code: 'mount', path } })
}
