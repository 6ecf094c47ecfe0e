import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hexOf } from '../dataroot/images/digest.ts'
import { fail } from '../model/errors.ts'
import type { Result } from '../model/errors.ts'
import type { Core, Lock } from '../runtime/core.ts'
import type { ImageDeps } from './deps.ts'

/** What taking a lock needs. */
type Locking = { readonly core: Pick<Core, 'lock'> }

const firstDelayMs = 2
const longestDelayMs = 100

/** Waits for a flock(2), which other processes and other work of this one may hold; E_CANCELLED ends the wait. */
export async function takeLock(
  { core }: Locking,
  path: string,
  mode: 'shared' | 'exclusive',
  signal: AbortSignal,
): Promise<Result<Lock>> {
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    if (signal.aborted) return fail({ code: 'E_CANCELLED', message: `cancelled while waiting for ${path}` })
    const lock = core.lock(path, mode, true)
    if (lock.ok || lock.error.code !== 'E_BUSY') return lock
    await sleep(delayMs, undefined, { signal }).catch(() => undefined)
  }
}

export async function withLock<T>(
  deps: Locking,
  path: string,
  signal: AbortSignal,
  act: () => Promise<Result<T>> | Result<T>,
): Promise<Result<T>> {
  const lock = await takeLock(deps, path, 'exclusive', signal)
  if (!lock.ok) return lock
  try {
    return await act()
  } finally {
    lock.value.release()
  }
}

/** Changes the stores: one after the other, each in milliseconds. */
export const withStores = <T>(
  deps: Locking & Pick<ImageDeps, 'at'>,
  signal: AbortSignal,
  act: () => Promise<Result<T>> | Result<T>,
): Promise<Result<T>> => withLock(deps, deps.at.lock, signal, act)

/** Held, shared, by whoever brings layers in or reads them; exclusively by whoever removes some. */
export const inUseLock = ({ at }: ImageDeps): string => join(at.blobs, 'in-use.lock')

/** One process makes a layer of a chain. Only ever waited for by holders of locks of layers above it: no cycle. */
export const chainLock = ({ at }: ImageDeps, chainId: string): string => join(at.blobs, `chain-${hexOf(chainId)}.lock`)

/** One process fetches a blob. Its holder waits for no other lock but that of the stores. */
export const blobLock = ({ at }: ImageDeps, digest: string): string => join(at.blobs, `blob-${hexOf(digest)}.lock`)

/** What has arrived of a blob; whole between its transfer and its layer's registration. */
export const blobFile = ({ at }: ImageDeps, digest: string): string => join(at.blobs, `blob-${hexOf(digest)}`)
