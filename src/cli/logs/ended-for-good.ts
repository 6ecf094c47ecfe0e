import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerId } from '../../model/identity.ts'
import { plan } from '../../plan/plan.ts'
import { mintContainerId } from '../world/mint.ts'
import { nothingDesired, recordedState } from '../views/recorded.ts'
import type { View } from '../world/wire.ts'

const lookMs = 500

/** Resolves when a container has gone, or has ended and nothing that is declared would start it again. */
export async function endedForGood(view: View, id: ContainerId, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const observed = await view.observe(nothingDesired)
    const container = observed.containers.find(one => one.id === id)
    if (container === undefined) return
    if (container.phase.known && container.phase.value.phase === 'exited') {
      const { steps, waiting } = plan(recordedState([container]), observed, mintContainerId)
      const startsAgain = steps.some(({ action }) => action.kind === 'start-container')
      if (!startsAgain && !waiting.some(({ for: cause }) => cause.code === 'back-off')) return
    }
    await sleep(lookMs, undefined, { signal }).catch(() => undefined)
  }
}
