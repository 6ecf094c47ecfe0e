import type { Core, CoreEvent } from '../runtime/core.ts'
import type { Trigger } from '../watch/trigger.ts'

/** What the core saw, as what wakes a loop; a lost event may have been any, so it is a reason to look at everything. */
export const connectCore = (core: Core, post: (trigger: Trigger) => void): (() => void) =>
  core.onEvent(event => post(triggerOf(event)))

function triggerOf(event: CoreEvent): Trigger {
  switch (event.type) {
    case 'exit':
      return { kind: 'exit', containerId: event.containerId }
    case 'limits':
      return { kind: 'limits', containerId: event.containerId }
    case 'shimLost':
      return { kind: 'shim-lost', containerId: event.containerId }
    case 'overflow':
      return { kind: 'sweep' }
  }
}
