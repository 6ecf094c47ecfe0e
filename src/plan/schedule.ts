import type { Action } from '../model/action.ts'
import type { Step, StepId } from '../model/plan.ts'

/** A step with the earlier steps that must have ended, however they ended, before it may begin. */
export type Turn = { readonly step: Step; readonly behind: readonly StepId[] }

/**
 * Which steps of a plan may run side by side: all but those that `after` puts in order and those that are about the same
 * object, which keep the plan's order. `after` alone says whose failure spares a step.
 */
export function turns(steps: readonly Step[]): Turn[] {
  const newest = new Map<string, StepId>()
  return steps.map(step => {
    const objects = objectsOf(step)
    const earlier = objects.flatMap(object => newest.get(object) ?? [])
    for (const object of objects) newest.set(object, step.id)
    return { step, behind: [...new Set([...step.after, ...earlier])] }
  })
}

/** What a step works on: its subject by name (one name may have several ids), its container by id, its volumes. */
function objectsOf({ subject, action }: Step): string[] {
  return [`${subject.kind} ${subject.name}`, ...('id' in action ? [`id ${action.id}`] : []), ...volumesOf(action)]
}

function volumesOf(action: Action): string[] {
  if (action.kind === 'delete-container') return action.deleteVolumes.map(name => `volume ${name}`)
  return 'name' in action ? [`volume ${action.name}`] : []
}
