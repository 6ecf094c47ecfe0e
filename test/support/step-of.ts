import type { Action } from '../../src/model/action.ts'
import type { Step } from '../../src/model/plan.ts'

/** A plan's step with this action, for tests that execute it without a plan. */
export const stepOf = (action: Action, id: string | null = null): Step => ({
  id: 1,
  subject: { kind: 'container', name: 'web', id },
  action,
  reason: { code: 'missing' },
  class: 'create',
  after: [],
  position: null,
})
