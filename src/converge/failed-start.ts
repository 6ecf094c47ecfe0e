import type { Failure } from '../model/errors.ts'

/** Docker's exit code of a start that failed before the payload ran: 127 not found, 126 not permitted, else 128. */
export function failedStartCode({ code, errno }: Failure): number {
  if (code === 'E_EXEC_NOT_FOUND') return 127
  if (code === 'E_EXEC_PERM') return 126
  if (code === 'E_MOUNT' && (isErrno(errno, 'ENOENT', 2) || isErrno(errno, 'ENOTDIR', 20))) return 127
  if (code === 'E_MOUNT' && isErrno(errno, 'EACCES', 13)) return 126
  return 128
}

const isErrno = (errno: Failure['errno'], name: string, number: number) => errno === name || errno === number
