import { posix } from 'node:path'
import { quote } from './text.ts'

const maxPathBytes = 4095

/** Why a text is not an absolute path in its shortest form, or null. */
export function pathFault(path: string): string | null {
  if (path === '') return 'the path is empty'
  if (path.startsWith('~')) return `${quote(path)}: ~ is not expanded; write the whole path`
  if (!path.startsWith('/')) return `${quote(path)} is not an absolute path; did you mean "${cleanPath(`/${path}`)}"?`
  if (Buffer.byteLength(path) > maxPathBytes) return `the path is longer than ${maxPathBytes} bytes`
  const clean = cleanPath(path)
  return clean === path ? null : `${quote(path)} is not in its shortest form; write ${quote(clean)}`
}

/** Why a path can't be a mount's target, or null. */
export function targetFault(target: string): string | null {
  const fault = pathFault(target)
  if (fault !== null) return fault
  if (target === '/') return 'the target "/" would hide the whole container; use rootfs'
  if (target === '/proc' || target.startsWith('/proc/')) return `${quote(target)}: nothing may be mounted in /proc`
  return null
}

function cleanPath(path: string): string {
  const clean = posix.normalize(path)
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean
}

/** A host path as a manifest writes it → absolute; the error is the end of a sentence. */
export function hostPath(path: string, manifestDirectory: string): { path: string } | { fault: string } {
  if (path === '') return { fault: 'the path is empty' }
  if (path.startsWith('~')) return { fault: `${quote(path)}: ~ is not expanded; write the whole path` }
  if (Buffer.byteLength(path) > maxPathBytes) return { fault: `the path is longer than ${maxPathBytes} bytes` }
  return { path: cleanPath(posix.resolve(manifestDirectory, path)) }
}
