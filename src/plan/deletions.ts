import type { ChangeClass } from '../model/action.ts'
import type { Position } from '../model/identity.ts'
import type { ObservedContainer } from '../model/observed.ts'
import type { Reason, StepId } from '../model/plan.ts'
import { type Candidate, phaseOf } from './candidates.ts'
import { namedVolumes } from './container-volumes.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'

type Cause = {
  readonly reason: Reason
  readonly class: ChangeClass
  readonly after: readonly StepId[]
  readonly position: Position | null
}

/** Deletes a container that doesn't run, with the anonymous volumes that nobody else has. */
export function deleteContainer(draft: Draft, candidate: ObservedContainer, cause: Cause): StepId {
  const volumes = Object.values(candidate.anonymousVolumes)
  const sharing = draft.observed.containers.filter(other => other.id !== candidate.id && shares(other, volumes))
  const kept = new Set(sharing.filter(other => !draft.gone.has(other.id)).flatMap(volumesOf))
  const deleteVolumes = [...new Set(volumes)].filter(name => !kept.has(name) && !draft.taken.has(name)).sort()
  const shared = sharing.flatMap(other => draft.gone.get(other.id) ?? [])
  const id = addStep(draft, {
    subject: containerSubject(candidate),
    action: { kind: 'delete-container', id: candidate.id, deleteVolumes },
    reason: cause.reason,
    class: cause.class,
    after: [...new Set([...cause.after, ...shared])].sort((a, b) => a - b),
    position: cause.position,
  })
  draft.gone.set(candidate.id, id)
  return id
}

/** What a crash left half made or half deleted is cleared away at once. */
export function deleteTorn(draft: Draft, candidate: Candidate): StepId {
  const during = phaseOf(candidate) === 'deleting' ? 'delete' : 'create'
  const reason = { code: 'interrupted', during } as const
  return deleteContainer(draft, candidate, { reason, class: 'remove', after: [], position: null })
}

/** A volume that was anonymous to one container may be mounted by its name in another. */
const volumesOf = (container: ObservedContainer) => [
  ...Object.values(container.anonymousVolumes),
  ...namedVolumes(container.declaration).map(({ name }) => name),
]
const shares = (container: ObservedContainer, names: readonly string[]) =>
  volumesOf(container).some(name => names.includes(name))
