import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok } from '../model/errors.ts'
import type { Result } from '../model/errors.ts'
import type { ProcessIdentity, SourceName } from '../model/identity.ts'
import { createFile } from './atomic.ts'
import { attempt, failure, ifPresent } from './io.ts'
import type { DataRootPaths } from './paths.ts'
import { processIdentityShape } from './record-shape.ts'
import { count, object, text, versionOne } from './shape.ts'
import { readStateFile } from './state-file.ts'

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

/** This process or another one, as it can be told apart from a later process with the same pid; null when it is gone. */
export function identifyProcess(pid: number, procRoot = '/proc'): ProcessIdentity | null {
  return ifPresent(() => {
    const bootId = readFileSync(join(procRoot, 'sys/kernel/random/boot_id'), 'utf8').trim()
    const stat = readFileSync(join(procRoot, `${pid}`, 'stat'), 'utf8')
    // the command's name, in brackets, may hold anything; field 3 follows its last bracket
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const startTicks = fields[19]
    return startTicks === undefined || fields[0] === 'Z' ? null : { pid, startTicks, bootId }
  })
}

export function isProcessAlive(process: ProcessIdentity, procRoot: string): boolean {
  const now = identifyProcess(process.pid, procRoot)
  return now !== null && now.startTicks === process.startTicks && now.bootId === process.bootId
}

export const watcherFile = (paths: DataRootPaths, source: SourceName) =>
  join(paths.watchers, `${createHash('sha256').update(source).digest('hex')}.json`)

function release(path: string, process: ProcessIdentity): void {
  const current = readStateFile(path, watcherShape)
  const isOurs = current.known && current.value?.process.pid === process.pid
  if (isOurs) rmSync(path, { force: true })
}
