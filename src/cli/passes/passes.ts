import { finishFilling } from '../../converge/fill-volumes.ts'
import { tidyRoot } from '../../dataroot/objects/tidy.ts'
import type { DesiredState } from '../../model/desired.ts'
import type { Extent, ObservedState } from '../../model/observed.ts'
import type { Outcome, StepOutcome } from '../../model/outcome.ts'
import { findUnrecordedRuns } from '../../observe/unrecorded-runs.ts'
import { reconcile } from '../../reconcile.ts'
import { mintContainerId } from '../world/mint.ts'
import { takePassLock } from './pass-lock.ts'
import { refused } from '../context/context.ts'
import { RefusedError } from '../context/refused-error.ts'
import type { Historian } from './historian.ts'
import { sayLostRuns } from './say-lost-runs.ts'
import type { World } from '../world/wire.ts'

export type PassParts<Woken> = {
  readonly world: World
  readonly history: Historian
  /** The desired state for this pass, given what woke it. */
  readonly desired: (woken: Woken) => Promise<DesiredState>
  readonly onStep: (outcome: StepOutcome) => void
  readonly onObserved: (observed: ObservedState) => void
  readonly say: (line: string) => void
  /** How much is read in a pass that this woke; missing: always all. */
  readonly extentOf?: (woken: Woken) => Extent
}

/** Passes under the lock, with their history. Throws a RefusedError when the lock can't be had. */
export function passMaker<Woken>(parts: PassParts<Woken>, signal: AbortSignal): (woken: Woken) => Promise<Outcome> {
  const { world, history } = parts
  let isTidy = false
  const told = new Set<string>()
  const tidy = async () => {
    const runs = findUnrecordedRuns(world.paths, world.rootId)
    const tidied = await tidyRoot(world.paths, runs, Date.now())
    if (!tidied.ok) throw new RefusedError(refused(tidied.error.message))
    for (const sentence of [...tidied.value, ...(await finishFilling(world))]) parts.say(sentence)
    isTidy = true
  }
  const observe = async (wanted: DesiredState, extent: Extent) => {
    const observed = await world.observe(wanted, extent)
    if (!observed.unrecorded?.some(({ record }) => record === 'copied')) return observed
    await tidy()
    return await world.observe(wanted, 'all')
  }
  return async woken => {
    const desired = await parts.desired(woken)
    const most = parts.extentOf?.(woken) ?? 'all'
    const lock = await takePassLock(world.core, world.paths.lock, parts.say, signal)
    if (!lock.ok) throw new RefusedError(lock.error)
    try {
      world.makeRunDir()
      if (!isTidy) await tidy()
      history.begin()
      const outcome = await reconcile(
        desired,
        {
          observe: async (wanted, extent) => {
            const observed = await observe(wanted, most === 'all' ? 'all' : extent)
            sayLostRuns(observed, parts.say, told)
            history.observed(observed)
            parts.onObserved(observed)
            return observed
          },
          mint: mintContainerId,
          execute: world.execute,
          onStep: step => {
            history.step(step)
            parts.onStep(step)
          },
          elapsedMs: () => performance.now(),
        },
        signal,
      )
      history.end()
      if (outcome.observed.containers.length === 0) world.removeEmptyRunDir()
      return outcome
    } finally {
      lock.value.release()
    }
  }
}
