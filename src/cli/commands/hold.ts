import { removeHold, writeHold } from '../../dataroot/records/hold.ts'
import type { Result } from '../../model/errors.ts'
import { fullName } from '../../model/identity.ts'
import { type Hold, inForce, longestHoldMs } from '../../model/hold.ts'
import { holdText } from '../../status/text/left-text.ts'
import { ageText } from '../../status/text/units.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { wakeWatcher } from '../loops/wake-watcher.ts'
import { withEntry } from './with-entry.ts'
import { takePassLock } from '../passes/pass-lock.ts'
import type { PsEntry } from '../../status/objects/state-word.ts'
import type { World } from '../world/wire.ts'

export type HoldOptions = { readonly forMs: number; readonly reason: string }

const longestReason = 200

/** Leaves a container alone until the time is over, whatever happens to it; it replaces an earlier hold. */
export async function hold(context: Context, name: string, { forMs, reason }: HoldOptions): Promise<number> {
  const fault = faultOf(forMs, reason)
  if (fault !== null) return giveUp(context, { exit: exitCodes.usage, message: fault })
  const sinceMs = Date.now()
  const held: Hold = { sinceMs, untilMs: sinceMs + forMs, reason }
  return change(context, name, {
    apply: (world, { container }) => writeHold(world.paths, container.id, held),
    said: full => `${full} is held for ${holdText(held, sinceMs)}; \`reconcile release ${full}\` ends that`,
    answer: { held: true, until: new Date(held.untilMs).toISOString(), reason },
  })
}

/** Ends a hold; a watcher looks at once. */
export async function release(context: Context, name: string): Promise<number> {
  return change(context, name, {
    apply: (world, { container }) => removeHold(world.paths, container.id),
    said: (full, { container, watch }) => {
      if (inForce(container.hold, Date.now()) === null) return `${full} was not held`
      const next =
        watch === 'live' ? 'its watcher looks at it now' : '`reconcile --once` or a watcher looks at it again'
      return `${full} is released; ${next}`
    },
    answer: { held: false },
  })
}

function faultOf(forMs: number, reason: string): string | null {
  if (forMs < 1000) return '--for: at least 1s'
  if (forMs > longestHoldMs) return `--for: at most ${ageText(longestHoldMs)}; hold it again when that is over`
  if (reason.length > longestReason) return `--reason: at most ${longestReason} characters`
  return /\p{Cc}/u.test(reason) ? '--reason: one line of text' : null
}

type Change = {
  readonly apply: (world: World, entry: PsEntry) => Result<void>
  readonly said: (full: string, entry: PsEntry) => string
  readonly answer: object
}

async function change(context: Context, name: string, { apply, said, answer: facts }: Change): Promise<number> {
  return withEntry(context, name, async (world, entry) => {
    const lock = await takePassLock(world.core, context.paths.lock, line => context.screen.err(line), context.signal)
    if (!lock.ok) return giveUp(context, lock.error)
    const applied = apply(world, entry)
    lock.value.release()
    if (!applied.ok) return giveUp(context, { exit: exitCodes.failed, message: applied.error.message })
    wakeWatcher(world, entry.container.origin.source)
    const full = fullName(entry.container.declaration.name)
    answer(context, { text: () => said(full, entry), json: () => ({ name: full, ...facts }) })
    return exitCodes.done
  })
}
