import type { CoreEvent } from '../../runtime/core.ts'
import type { Trigger } from '../../watch/trigger.ts'
import type { World } from './wire.ts'

/** What the core saw and what ended in this process, as what wakes a loop; a lost event may have been any, so it is a reason to look at everything. */
export function connectWorld(
  { core, pulls, probes }: Pick<World, 'core' | 'pulls' | 'probes'>,
  post: (trigger: Trigger) => void,
  probeNews: 'all' | 'changes' = 'changes',
) {
  const disconnectCore = core.onEvent(event => isNews(event) && post(triggerOf(event)))
  const disconnectPulls = pulls.onNews(({ kind }) => kind === 'moving' || post({ kind: 'op-ended' }))
  const disconnectProbes = probes.onNews(({ id, isOther }) => {
    if (isOther || probeNews === 'all') post({ kind: 'health', containerId: id })
  })
  return () => {
    disconnectProbes()
    disconnectCore()
    disconnectPulls()
  }
}

/** An exit is one when its shim has written it down: before that a pass would only see that it is about to. */
const isNews = (event: CoreEvent): boolean => event.type !== 'exit' || event.settled

function triggerOf(event: CoreEvent): Trigger {
  switch (event.type) {
    case 'exit':
      return { kind: 'exit', containerId: event.containerId }
    case 'limits':
      return { kind: 'limits', containerId: event.containerId }
    case 'mounts':
      return { kind: 'mounts', containerId: event.containerId }
    case 'shimLost':
      return { kind: 'shim-lost', containerId: event.containerId }
    case 'links':
    case 'ruleset':
    case 'resolver':
    case 'proxy':
    case 'overflow':
      return { kind: 'sweep' }
  }
}
