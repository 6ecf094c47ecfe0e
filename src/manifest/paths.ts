import { posix } from 'node:path'
import { parseRepositoryFile, repositoryFile } from '../model/repository.ts'
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

/** Where a manifest's relative paths start: a directory of this host, or one of the repository that it came from. */
export function manifestDirectory(file: string): string {
  const inside = parseRepositoryFile(file)
  return inside === null ? posix.dirname(file) : repositoryFile(inside.repository, parentOf(inside.path))
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

type HostPath = { readonly path: string } | { readonly fault: string }

/** A host path as a manifest writes it → absolute; the error is the end of a sentence. */
export function hostPath(path: string, directory: string): HostPath {
  const fault = spellingFault(path)
  if (fault !== null) return { fault }
  if (!path.startsWith('/') && parseRepositoryFile(directory) !== null)
    return { fault: `${quote(path)} is relative, but a manifest from a repository is in no directory of this host` }
  return { path: cleanPath(posix.resolve(directory, path)) }
}

/** A file that is read together with the manifest: a relative one from the same commit, if that came from a repository. */
export function besidePath(path: string, directory: string): HostPath {
  const inside = parseRepositoryFile(directory)
  if (inside === null || path.startsWith('/')) return hostPath(path, directory)
  const fault = spellingFault(path)
  if (fault !== null) return { fault }
  const joined = posix.join(inside.path, path)
  if (joined.startsWith('..')) return { fault: `${quote(path)} leads out of the repository` }
  return { path: repositoryFile(inside.repository, joined) }
}

function spellingFault(path: string): string | null {
  if (path === '') return 'the path is empty'
  if (path.startsWith('~')) return `${quote(path)}: ~ is not expanded; write the whole path`
  return Buffer.byteLength(path) > maxPathBytes ? `the path is longer than ${maxPathBytes} bytes` : null
}
