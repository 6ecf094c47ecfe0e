import type { ObservedState } from '../../model/observed.ts'
import type { Show } from '../../status/text/show.ts'
import { nameWidth, type Scene, type StopNotes } from '../../status/passes/step.ts'

/** What the lines of one run share; `names`: of all objects that may get a line. */
export const sceneOf = (
  show: Show,
  names: readonly string[],
  observed: ObservedState | null = null,
  stops: StopNotes = new Map(),
): Scene => ({ ...show, nameWidth: nameWidth(names), observed, stops })
