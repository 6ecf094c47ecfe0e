import type { Result } from '../../model/errors.ts'
import { ok } from '../../model/errors.ts'
import type { Context, Refused } from '../context/context.ts'
import { askOnce } from '../world/own-core.ts'
import { emptyView, openView, type View } from '../world/wire.ts'

/**
 * For `plan`, which works without root: a data-root that only root may read is taken for empty, and that is said.
 */
export function openPlanningView(context: Context): Result<View, Refused> {
  const view = openView(context, askOnce)
  if (view.ok || !view.error.isUnreadable) return view
  context.screen.err(`note: ${context.paths.root} is not readable without root, so this takes it for empty`)
  return ok(emptyView(context))
}
