import type { Failure, FailureCode, Result } from '../../model/errors.ts'

/** A failure with what the next try may do about it. */
export type Trouble = Failure & {
  /** the same request may succeed later */
  readonly again: boolean
  /** nothing was said to the host: no connection, or no common language (TLS) */
  readonly unreachable: boolean
  /** the host speaks no TLS, or TLS that cannot be trusted; null where TLS is not what failed */
  readonly tls: 'absent' | 'untrusted' | null
  /** what the registry asks for; null when it says nothing */
  readonly retryAfterMs: number | null
  readonly status: number | null
  /** upper-case code of the registry's error document, as MANIFEST_UNKNOWN */
  readonly registryCode: string | null
}

export type Tried<T> = Result<T, Trouble>

export function trouble(code: FailureCode, message: string, more: Partial<Trouble> = {}): Trouble {
  return {
    again: false,
    unreachable: false,
    tls: null,
    retryAfterMs: null,
    status: null,
    registryCode: null,
    ...more,
    code,
    message,
  }
}

/** Streams end by an exception; this one carries the failure. */
export class TransferError extends Error {
  readonly failure: Trouble
  constructor(failure: Trouble) {
    super(failure.message)
    this.failure = failure
  }
}

/** The failure that a stream of ours ended with; null for anything else, which is a broken invariant. */
export const transferFailure = (error: unknown): Trouble | null =>
  error instanceof TransferError ? error.failure : null

export const cancelled = (): Trouble => trouble('E_CANCELLED', 'cancelled')
