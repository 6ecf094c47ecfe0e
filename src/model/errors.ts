/** A value or the reason why there is none. Expected failures are values; only broken invariants throw. */
export type Result<T, E = Failure> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value })
export const fail = <E>(error: E): Result<never, E> => ({ ok: false, error })

/** Codes of the native core (runtime-core's stable strings) and of the TypeScript side. */
export type FailureCode =
  | 'E_SPEC'
  | 'E_PATH_UNSAFE'
  | 'E_KERNEL_FEATURE'
  | 'E_CGROUP'
  | 'E_NAMESPACE'
  | 'E_MOUNT'
  | 'E_EXEC_NOT_FOUND'
  | 'E_EXEC_PERM'
  | 'E_GONE'
  | 'E_BUSY'
  | 'E_SHIM'
  | 'E_LAYER'
  | 'E_DIGEST'
  | 'E_NETWORK'
  | 'E_INTERNAL'
  | 'E_IO'
  | 'E_STATE'
  | 'E_REFERENCE'
  | 'E_REGISTRY_DENIED'
  | 'E_REGISTRY_NOT_FOUND'
  | 'E_REGISTRY_LIMITED'
  | 'E_REGISTRY_UNREACHABLE'
  | 'E_REGISTRY_ANSWER'
  | 'E_CREDENTIALS'
  | 'E_IMAGE_UNSUPPORTED'
  | 'E_CANCELLED'

/** What failed, on what, and why. `message` is complete by itself: lower case, no period, errno name in brackets. */
export type Failure = {
  readonly code: FailureCode
  readonly message: string
  readonly errno?: string | number | null
  readonly syscall?: string | null
  readonly step?: string | null
  readonly path?: string | null
}

/** A file system is full, or a quota used up: by name, or in the core's numbers (errno(3)). */
export const isNoRoom = ({ errno }: Failure): boolean =>
  errno === 'ENOSPC' || errno === 28 || errno === 'EDQUOT' || errno === 122

/** A fact that may be out of reach. Unreadable is not absent. `errno`: it was the reading that failed. */
export type Known<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly why: string; readonly errno?: string }

export const known = <T>(value: T): Known<T> => ({ known: true, value })
export const unknown = (why: string): Known<never> => ({ known: false, why })
