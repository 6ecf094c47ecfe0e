import { readFileSync } from 'node:fs'

/** The text of a small file, or the name of the error (`ENOENT`) that kept it from us. */
export type FileText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly errno: string }

/** For files of /proc and cgroupfs: a synchronous read takes about 10 µs there, and never waits for a disk. */
export function readText(path: string): FileText {
  try {
    return { ok: true, text: readFileSync(path, 'utf8') }
  } catch (error) {
    return { ok: false, errno: errnoOf(error) }
  }
}

export const errnoOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'EIO'
