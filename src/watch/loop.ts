import type { Outcome } from '../model/outcome.ts'
import { Mailbox } from './mailbox.ts'
import type { Trigger, TriggerKind } from './trigger.ts'

export type Timers = {
  /** Calls back once after `delayMs`; the returned function cancels. */
  readonly after: (delayMs: number, callback: () => void) => () => void
}

/** `again`: at once. `retryAfterMs` null: only an event (or the sweep) makes the next pass. */
export type Next = 'end' | 'again' | { readonly retryAfterMs: number | null }

export type LoopParts = {
  /** One pass. A rejection is a pass that could not be made at all. */
  readonly pass: (woken: ReadonlySet<TriggerKind>) => Promise<Outcome>
  /** Looks at a pass and says how to go on. */
  readonly onOutcome: (outcome: Outcome, woken: ReadonlySet<TriggerKind>) => Next
  /** A pass that threw; true ends the loop, else it backs off and tries again. */
  readonly onError: (error: unknown) => boolean
  /** Connects what wakes the loop; returns the disconnection. */
  readonly connect: (post: (trigger: Trigger) => void) => () => void
  /** null: no sweep */
  readonly sweepMs: number | null
  readonly timers: Timers
}

const firstErrorDelayMs = 200
const longestErrorDelayMs = 30_000

/** A pass at a time: at once, then whenever something wakes it, until it is told to end or `signal` aborts. */
export async function passLoop(parts: LoopParts, signal: AbortSignal): Promise<void> {
  const mailbox = new Mailbox()
  const disconnect = parts.connect(trigger => mailbox.post(trigger))
  let failures = 0
  let woken: ReadonlySet<TriggerKind> = new Set(['signal'])
  try {
    while (!signal.aborted) {
      const next = await tryPass(parts, woken)
      if (next === 'end') return
      failures = next === 'failed' ? failures + 1 : 0
      if (next === 'failed') {
        await pause(parts.timers, errorDelayMs(failures), signal)
        mailbox.post({ kind: 'timer' })
      }
      woken = await waitForNext(parts, mailbox, next, signal)
    }
  } finally {
    disconnect()
  }
}

async function tryPass(parts: LoopParts, woken: ReadonlySet<TriggerKind>): Promise<Next | 'failed'> {
  try {
    return parts.onOutcome(await parts.pass(woken), woken)
  } catch (error) {
    return parts.onError(error) ? 'end' : 'failed'
  }
}

async function waitForNext(
  parts: LoopParts,
  mailbox: Mailbox,
  next: Exclude<Next, 'end'> | 'failed',
  signal: AbortSignal,
): Promise<ReadonlySet<TriggerKind>> {
  const retryAfterMs = typeof next === 'string' ? null : next.retryAfterMs
  const cancels = [
    // not before the events that wait
    next === 'again' ? parts.timers.after(0, () => mailbox.post({ kind: 'again' })) : null,
    retryAfterMs === null ? null : parts.timers.after(retryAfterMs, () => mailbox.post({ kind: 'timer' })),
    parts.sweepMs === null ? null : parts.timers.after(parts.sweepMs, () => mailbox.post({ kind: 'sweep' })),
  ]
  try {
    return await mailbox.take(signal)
  } finally {
    for (const cancel of cancels) cancel?.()
  }
}

const errorDelayMs = (failures: number): number =>
  Math.min(longestErrorDelayMs, firstErrorDelayMs * 2 ** Math.min(failures - 1, 20))

/** After a failed pass an event is not enough to try again: the delay is waited for in any case. */
function pause(timers: Timers, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const cancel = timers.after(delayMs, done)
    function done() {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done, { once: true })
  })
}
