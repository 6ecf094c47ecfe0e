import type { KeptFile } from '../../model/bound-file.ts'
import type { Result } from '../../model/errors.ts'
import { replaceFile } from '../files/atomic.ts'
import { attempt } from '../files/io.ts'
import { mapOf, object, text, versionOne } from '../files/shape.ts'
import { readStateFile } from '../files/state-file.ts'
import { containerPaths, type DataRootPaths } from '../layout/paths.ts'

/** By target, what the current run's bound files held when it began, or when it was last told of a change. */
export type KeptFiles = Readonly<Record<string, KeptFile>>

const shape = object<{ readonly version: 1; readonly files: KeptFiles }>({
  version: versionOne,
  files: mapOf(object<KeptFile>({ source: text, stat: text, digest: text })),
})

/** What can't be read is as good as nothing: then what is there now counts as known. */
export function readKeptFiles(paths: DataRootPaths, id: string): KeptFiles {
  const read = readStateFile(containerPaths(paths, id).files, shape)
  return (read.known ? read.value?.files : null) ?? {}
}

/** Without waiting for the disk: it is about a run, and a power failure ends that too. */
export function writeKeptFiles(paths: DataRootPaths, id: string, files: KeptFiles): Result<void> {
  const { files: path } = containerPaths(paths, id)
  return attempt('write', path, () => replaceFile(path, `${JSON.stringify({ version: 1, files })}\n`, 0o600, false))
}
