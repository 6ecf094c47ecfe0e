import { getSystemErrorMessage } from 'node:util'
import { roomText } from '../dataroot/files/full-disk.ts'
import type { Failure } from '../model/errors.ts'

type SystemError = Error & { readonly code: string; readonly errno?: number; readonly path?: string }

export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)

/** `read /x: no space left on device (ENOSPC)` */
export function systemFailure(what: string, error: SystemError, path = error.path ?? 'the data'): Failure {
  const why = error.errno === undefined ? error.code : `${getSystemErrorMessage(error.errno)} (${error.code})`
  return { code: 'E_IO', message: `${what} ${path}: ${why}${roomText(error.code, path)}`, errno: error.code, path }
}
