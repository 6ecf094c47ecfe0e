import { readSync } from 'node:fs'
import { getSystemErrorMessage } from 'node:util'
import { fail, ok } from '../../model/errors.ts'
import type { Failure, FailureCode, Result } from '../../model/errors.ts'
import { roomText } from './full-disk.ts'

/** Runs file operations; a system error becomes a value, anything else is a broken invariant and throws on. */
export function attempt<T>(what: string, path: string, act: () => T): Result<T> {
  try {
    return ok(act())
  } catch (error) {
    return fail(ioFailure(what, path, error))
  }
}

export async function attemptAsync<T>(what: string, path: string, act: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await act())
  } catch (error) {
    return fail(ioFailure(what, path, error))
  }
}

/** The failure for a system error: `write /x: no space left on device (ENOSPC)`. Throws what is no system error. */
function ioFailure(what: string, path: string, error: unknown): Failure {
  const code = errnoOf(error)
  if (code === null) throw error
  const { errno, syscall, path: at } = error as NodeJS.ErrnoException
  const where = at ?? path
  const why = errno === undefined ? code : `${getSystemErrorMessage(errno)} (${code})`
  const message = `${what} ${where}: ${why}${roomText(code, where)}`
  return { code: 'E_IO', message, errno: code, syscall: syscall ?? null, path: where }
}

/** `ENOENT` and the like, or null for anything but a system error. */
export function errnoOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null
}

export const failure = (code: FailureCode, message: string, path: string): Failure => ({ code, message, path })

/** Runs `act`; null where the path does not exist. */
export function ifPresent<T>(act: () => T): T | null {
  try {
    return act()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}

/** The first bytes of an open file, at most so many; fewer only where it ends. Throws system errors. */
export function readFrom(fd: number, sizeBytes: number): Buffer {
  const buffer = Buffer.alloc(sizeBytes)
  let length = 0
  while (length < buffer.length) {
    const got = readSync(fd, buffer, length, buffer.length - length, length)
    if (got === 0) break
    length += got
  }
  return buffer.subarray(0, length)
}
