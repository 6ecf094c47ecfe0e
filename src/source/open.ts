import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { directorySource } from './directory.ts'
import { filesSource } from './files.ts'
import { realDirectory, realFile } from './real-path.ts'
import type { Source, SourceOptions } from './source.ts'

/** One kind of source at given paths: a directory, or files of one directory. */
export function openSource(kind: 'directory' | 'files', paths: readonly string[], options: SourceOptions = {}): Source {
  return kind === 'directory' ? directorySource(paths[0] ?? '.', options) : filesSource(paths, options)
}

/**
 * The sources behind DIR and FILE arguments: one for each directory, and one for the files of each directory that is not
 * itself among the arguments. What is missing counts as a file if its name ends like a manifest's.
 */
export function openSources(paths: readonly string[], options: SourceOptions = {}): Source[] {
  const directories = new Map(paths.filter(isDirectory).map(path => [realDirectory(path), path]))
  const files = paths.filter(path => !isDirectory(path) && !directories.has(dirname(realFile(path))))
  const groups = Map.groupBy(files, path => dirname(realFile(path)))
  return [
    ...[...directories.values()].map(path => openSource('directory', [path], options)),
    ...[...groups.values()].map(group => openSource('files', group, options)),
  ]
}

function isDirectory(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? !/\.ya?ml$/.test(path) : stats.isDirectory()
}
