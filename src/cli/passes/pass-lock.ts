import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from '../../model/errors.ts'
import { fail, ok } from '../../model/errors.ts'
import type { Core, Lock } from '../../runtime/core.ts'
import type { Refused } from '../context/context.ts'
import { exitCodes, refused } from '../context/context.ts'

const firstDelayMs = 2
const longestDelayMs = 50
const quietMs = 500
const patienceMs = 30_000

/**
 * The lock that a changing pass holds. Another pass takes milliseconds, so this one waits for it, says so when it takes
 * longer than expected, and gives up after 30 s.
 */
export async function takePassLock(
  core: Core,
  path: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Result<Lock, Refused>> {
  const begunMs = performance.now()
  let said = false
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    const lock = core.lock(path, 'exclusive', true)
    if (lock.ok) return ok(lock.value)
    if (lock.error.code !== 'E_BUSY') return fail(refused(lock.error.message))
    const waitedMs = performance.now() - begunMs
    if (signal.aborted)
      return fail({ exit: exitCodes.interrupted, message: 'interrupted while waiting for another pass' })
    if (waitedMs > patienceMs)
      return fail(refused(`another pass holds ${path} for more than 30 s; nothing was changed`))
    if (waitedMs > quietMs && !said) say(`waiting for another pass to end (it holds ${path})`)
    said = waitedMs > quietMs
    await sleep(delayMs, undefined, { signal }).catch(() => undefined)
  }
}
