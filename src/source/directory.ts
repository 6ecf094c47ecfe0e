import { readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { DesiredSource } from '../model/desired.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import { isManifestName } from './manifest-names.ts'
import { type FileReading, fileProblem, readingOf, vanished } from './reading.ts'
import { realDirectory } from './real-path.ts'
import { errnoText, readRegularFile } from './regular-file.ts'
import type { Source, SourceOptions, SourceReading, WatchOptions } from './source.ts'
import { hintWhenWhole } from './whole-hint.ts'

/** The largest manifest file that is read, and the most files of one directory. */
export const maxManifestBytes = 4 * 1024 * 1024
const maxFiles = 10_000

/** All `*.yaml` and `*.yml` of a directory, not of those below it. Hidden files are left out. */
export function directorySource(path: string, { name, allowEmpty = false }: SourceOptions): Source {
  const real = realDirectory(path)
  const identity = { name: name ?? real, scope: 'all', allowEmpty } as const
  return {
    kind: 'directory',
    name: identity.name,
    paths: [path],
    describe: path.endsWith('/') ? path : `${path}/`,
    read: async () => readDirectory(path, real, identity),
    watch: (onHint, signal, options = {}) => watchDirectory(path, options, onHint, signal),
  }
}

type Identity = Pick<DesiredSource, 'name' | 'scope' | 'allowEmpty'>

function readDirectory(path: string, real: string, identity: Identity): SourceReading {
  const names = manifestNames(path)
  if (!names.ok) {
    // An unreadable directory is not an empty one: what it declared stays as it is.
    const problems = names.error.startsWith('no such') ? [] : [fileProblem(real, names.error)]
    return { ...vanished(identity), problems }
  }
  const files = names.value.map((name, index): FileReading => {
    const full = index < maxFiles ? readRegularFile(join(path, name), maxManifestBytes, real) : fail(tooMany)
    return { file: join(path, name), path: join(real, name), bytes: full }
  })
  return readingOf(identity, withoutGone(path, files))
}

const tooMany = `the directory has more than ${maxFiles} manifests`

function manifestNames(path: string): Result<string[], string> {
  try {
    const names = readdirSync(path).filter(isManifestName)
    return ok(names.sort())
  } catch (error) {
    return fail(errnoText(error))
  }
}

/** Without files that went between the listing and the reading; a dangling link still stands in the directory. */
function withoutGone(path: string, files: readonly FileReading[]): FileReading[] {
  if (files.every(({ bytes }) => bytes.ok)) return [...files]
  const now = manifestNames(path)
  return files.filter(({ file, bytes }) => bytes.ok || !now.ok || now.value.includes(basename(file)))
}

/**
 * Hints about what stands directly in a directory (`only`: about these names), also if the directory is missing now, goes
 * away or is replaced. A hint is no fact: whoever gets one reads everything again. chokidar is loaded only here.
 */
export function watchDirectory(
  path: string,
  { only = null, onError = () => {}, isBeingWritten = () => null }: WatchOptions & { only?: readonly string[] | null },
  onHint: () => void,
  signal: AbortSignal,
): void {
  const directory = resolve(path)
  const hint = hintWhenWhole(onHint, isBeingWritten, signal)
  const begin = ({ watch }: typeof import('chokidar')): void => {
    if (signal.aborted) return
    const watcher = watch(directory, { ignoreInitial: true, atomic: false, ignored: elsewhere(directory, only) })
    // `ready`: what changed between the caller's reading and now had no watch yet.
    watcher.on('all', (_event, at) => hint(at)).on('ready', () => hint(null))
    watcher.on('error', error => {
      onError(error instanceof Error ? error.message : String(error))
      hint(null)
    })
    signal.addEventListener('abort', () => void watcher.close(), { once: true })
  }
  import('chokidar').then(begin).catch((error: unknown) => onError(String(error)))
}

/** chokidar 6.0.0 with `depth: 0` loses a directory that goes and comes back, so its depth is bounded by a filter. */
const elsewhere = (directory: string, only: readonly string[] | null) => (path: string) =>
  path !== directory && (dirname(path) !== directory || (only !== null && !only.includes(basename(path))))
