import type { DesiredContainer } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { StepId } from '../model/plan.ts'
import { addStep, type Draft, volumeSubject } from './draft.ts'
import { positionOf } from './positions.ts'

/** The named volumes of a container, with the mount that names each first. */
export const namedVolumes = (container: Pick<DesiredContainer, 'spec'>): { name: string; mount: number }[] =>
  container.spec.mounts.flatMap((mount, index) =>
    mount.type === 'volume' && mount.name !== null ? [{ name: mount.name, mount: index }] : [],
  )

/** Steps of this plan that make a volume which this container mounts. */
export const stepsForVolumesOf = (draft: Draft, container: Pick<DesiredContainer, 'spec'>): StepId[] => [
  ...new Set(namedVolumes(container).flatMap(({ name }) => draft.made.get(name) ?? [])),
]

/** Makes the anonymous volumes that a container's record names and the host lacks; gives the steps that make them. */
export function createAnonymous(
  draft: Draft,
  container: DesiredContainer,
  volumes: Readonly<Record<string, string>>,
  after: readonly StepId[],
): StepId[] {
  const missing = Object.entries(volumes).filter(([, name]) => !exists(draft, name))
  return missing.map(([target, name]) => draft.made.get(name) ?? createFor(draft, container, { target, name, after }))
}

type Anonymous = { readonly target: string; readonly name: string; readonly after: readonly StepId[] }

function createFor(draft: Draft, container: DesiredContainer, { target, name, after }: Anonymous): StepId {
  const mount = container.spec.mounts.findIndex(entry => entry.target === target)
  const id = addStep(draft, {
    subject: volumeSubject(name),
    action: { kind: 'create-volume', name, volume: null, anonymous: true },
    reason: { code: 'needed-by', subject: fullName(container.name) },
    class: 'create',
    after,
    position: positionOf(container, [mount < 0 ? 'spec.image' : `spec.mounts.${mount}`]),
  })
  draft.made.set(name, id)
  return id
}

export const exists = (draft: Draft, name: string): boolean =>
  draft.observed.volumes.some(volume => volume.name === name)
