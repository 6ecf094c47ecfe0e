import { createHash } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import type { ProcessIdentity, SourceName } from '../../model/identity.ts'
import { createFile } from '../files/atomic.ts'
import { attempt, failure, ifPresent } from '../files/io.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { isProcessAlive } from '../records/process-identity.ts'
import { processIdentityShape } from '../records/record-shape.ts'
import { count, object, text, versionOne } from '../files/shape.ts'
import { readStateFile } from '../files/state-file.ts'

/** A process that keeps a source converged. */
export type Watcher = {
  readonly version: 1
  readonly source: SourceName
  readonly process: ProcessIdentity
  readonly sinceMs: number
}

const watcherShape = object<Watcher>({
  version: versionOne,
  source: text,
  process: processIdentityShape,
  sinceMs: count,
})

export type Registration = { readonly release: () => void }

/** Makes this process the one watcher of a source; E_BUSY names the process that is it already. */
export function registerWatcher(
  paths: DataRootPaths,
  source: SourceName,
  process: ProcessIdentity,
  sinceMs: number,
  procRoot = '/proc',
): Result<Registration> {
  const path = watcherFile(paths, source)
  const content = `${JSON.stringify({ version: 1, source, process, sinceMs } satisfies Watcher)}\n`
  const registered = attempt('register in', path, () => {
    for (let tries = 0; tries < 5; tries++) {
      if (createFile(path, content, 0o600)) return null
      const other = readStateFile(path, watcherShape)
      if (other.known && other.value !== null && isProcessAlive(other.value.process, procRoot)) return other.value
      rmSync(path, { force: true })
    }
    throw Object.assign(new Error(path), { code: 'EAGAIN', errno: -11, path })
  })
  if (!registered.ok) return registered
  if (registered.value !== null) {
    const { pid } = registered.value.process
    return fail(failure('E_BUSY', `${source} is watched already, by process ${pid}`, path))
  }
  return ok({ release: () => release(path, process) })
}

/** The watchers that are alive now, sorted by source. */
export function liveWatchers(paths: DataRootPaths, procRoot = '/proc'): Result<readonly Watcher[]> {
  return attempt('list', paths.watchers, () =>
    (ifPresent(() => readdirSync(paths.watchers)) ?? [])
      .filter(name => /^[0-9a-f]{64}\.json$/.test(name))
      .flatMap(name => {
        const watcher = readStateFile(join(paths.watchers, name), watcherShape)
        return watcher.known && watcher.value !== null && isProcessAlive(watcher.value.process, procRoot)
          ? [watcher.value]
          : []
      })
      .sort((a, b) => (a.source < b.source ? -1 : 1)),
  )
}

export const watcherFile = (paths: DataRootPaths, source: SourceName) =>
  join(paths.watchers, `${createHash('sha256').update(source).digest('hex')}.json`)

function release(path: string, process: ProcessIdentity): void {
  const current = readStateFile(path, watcherShape)
  const isOurs = current.known && current.value?.process.pid === process.pid
  if (isOurs) rmSync(path, { force: true })
}
