import { basename, dirname } from 'node:path'
import { maxManifestBytes, watchDirectory } from './directory.ts'
import { readingOf, vanished } from './reading.ts'
import { realFile } from './real-path.ts'
import { readRegularFile } from './regular-file.ts'
import type { Source, SourceOptions, SourceReading } from './source.ts'

/**
 * Files of one directory. They belong to the same source as that directory, but speak only for themselves. A missing
 * file is a problem (a mistyped name must not look like success) unless `allowEmpty`; then it declares nothing.
 */
export function filesSource(paths: readonly string[], { name, allowEmpty = false }: SourceOptions): Source {
  const files = [...new Map(paths.map(path => [realFile(path), path]))].map(([path, file]) => ({ file, path }))
  const directory = dirname(files[0]?.path ?? '/')
  const identity = { name: name ?? directory, scope: files.map(({ path }) => path), allowEmpty }
  return {
    kind: 'files',
    name: identity.name,
    paths: files.map(({ file }) => file),
    describe: files.map(({ file }) => file).join(' '),
    read: async () => readFiles(files, identity),
    watch: (onHint, signal, options = {}) => {
      const only = files.map(({ path }) => basename(path))
      watchDirectory(directory, { ...options, only }, onHint, signal)
    },
  }
}

function readFiles(
  files: readonly { readonly file: string; readonly path: string }[],
  identity: Parameters<typeof readingOf>[0],
): SourceReading {
  const all = files.map(({ file, path }) => ({ file, path, bytes: readRegularFile(file, maxManifestBytes) }))
  const missing = all.filter(({ bytes }) => !bytes.ok && bytes.error.startsWith('no such file'))
  if (missing.length < all.length)
    return readingOf(identity, identity.allowEmpty ? all.filter(one => !missing.includes(one)) : all)
  if (identity.allowEmpty) return vanished(identity)
  const reading = readingOf(identity, all)
  return { ...reading, source: { ...reading.source, read: 'vanished' } }
}
