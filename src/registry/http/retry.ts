import { setTimeout as sleep } from 'node:timers/promises'
import { fail } from '../../model/errors.ts'
import type { Bounds } from './bounds.ts'
import { cancelled } from './trouble.ts'
import type { Tried, Trouble } from './trouble.ts'

/** Waits before the next try: longer each time, or as long as the registry asks. False: it is not worth it. */
export async function pauseBefore(next: number, last: Trouble, bounds: Bounds, signal: AbortSignal): Promise<boolean> {
  if (!last.again || next > bounds.attempts || signal.aborted) return false
  if (last.retryAfterMs !== null && last.retryAfterMs > bounds.retryAfterMs) return false
  const ms = last.retryAfterMs ?? bounds.pauseMs * (next - 1)
  return await sleep(ms, true, { signal }).catch(() => false)
}

/**
 * Tries something small (a document, a question) a few times. A host that cannot be reached at all is not tried again:
 * a wrong name should show at once.
 */
export async function withTries<T>(
  bounds: Bounds,
  signal: AbortSignal,
  act: () => Promise<Tried<T>>,
): Promise<Tried<T>> {
  for (let attempt = 1; ; attempt += 1) {
    if (signal.aborted) return fail(cancelled())
    const tried = await act()
    if (tried.ok || tried.error.unreachable) return tried
    if (!(await pauseBefore(attempt + 1, tried.error, bounds, signal)))
      return signal.aborted ? fail(cancelled()) : tried
  }
}
