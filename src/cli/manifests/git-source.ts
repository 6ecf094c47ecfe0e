import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  gitSourceDirectory,
  newObjectDirectory,
  readRepositoryRecord,
  sweepObjectDirectories,
  writeRepositoryRecord,
} from '../../dataroot/sources/git-sources.ts'
import type { DataRootPaths } from '../../dataroot/layout/paths.ts'
import { openRoot } from '../../dataroot/layout/root.ts'
import { fail, ok } from '../../model/errors.ts'
import { parseRepositoryFile } from '../../model/repository.ts'
import type { RunCommand } from '../../source/git/command.ts'
import { gitLimits } from '../../source/git/limits.ts'
import { gitPlace, gitSource } from '../../source/git/source.ts'
import type { Store } from '../../source/git/store.ts'
import type { Source } from '../../source/source.ts'
import type { Context } from '../context/context.ts'
import type { GitOptions } from '../context/options.ts'

/** What a command wants of a source: to follow it, to apply it once, to look at it, or only what is known here. */
export type Use = 'watch' | 'once' | 'look' | 'recall'

const watcherPatienceMs = 5000

export function openGit({ options, paths, signal }: Context, git: GitOptions, use: Use): Source {
  const place = gitPlace(git.address, git.path)
  const isKept = use === 'watch' || use === 'once'
  return gitSource(
    {
      ...git,
      git: { run, environment: process.env, limits: gitLimits },
      store: isKept ? keptStore(paths, place) : passingStore(paths, place),
      asks: use !== 'recall',
      patienceMs: use === 'watch' ? watcherPatienceMs : null,
      random: Math.random,
      nowMs: Date.now,
    },
    { name: options.source ?? undefined, allowEmpty: options.allowEmpty },
    signal,
  )
}

/** The source that declared a file of a repository: enough to read what is kept of it. */
export function recalledGit(file: string): GitOptions {
  const { repository, path } = parseRepositoryFile(file) ?? { repository: file, path: '' }
  const address = { transport: 'file', url: repository, repository, host: null, credentials: null } as const
  return { address, wanted: { kind: 'head' }, path: path.slice(0, Math.max(0, path.lastIndexOf('/'))), intervalMs: 0 }
}

/** execa is loaded with the first command. */
const run: RunCommand = async (command, signal) => (await import('./host-command.ts')).runHostCommand(command, signal)

/** In the data-root, which is made once there is something to keep. */
export function keptStore(paths: DataRootPaths, place: string): Store {
  const own = new Set<string>()
  return {
    isKept: true,
    record: () => readRepositoryRecord(paths, place),
    keep: record => writeRepositoryRecord(paths, record),
    pathOf: name => join(gitSourceDirectory(paths, place), name),
    newDirectory: () => {
      const root = openRoot(paths, { create: true })
      const made = root.ok ? newObjectDirectory(paths, place) : root
      if (made.ok) own.add(made.value)
      return made
    },
    sweep: () => sweepObjectDirectories(paths, place, own),
    close: async () => {},
  }
}

/** For commands that change nothing: reads what is kept, and puts what it fetches into a temporary directory. */
function passingStore(paths: DataRootPaths, place: string): Store {
  const temporary = new Map<string, string>()
  return {
    isKept: false,
    record: () => readRepositoryRecord(paths, place),
    keep: () => ok(undefined),
    pathOf: name => temporary.get(name) ?? join(gitSourceDirectory(paths, place), name),
    newDirectory: () => {
      try {
        const path = mkdtempSync(join(tmpdir(), 'reconcile-git-'))
        temporary.set(basename(path), path)
        return ok(basename(path))
      } catch (error) {
        return fail({ code: 'E_IO', message: `no temporary directory: ${(error as Error).message}` })
      }
    },
    sweep: async () => {},
    close: async () => {
      for (const path of temporary.values()) await rm(path, { recursive: true, force: true })
      temporary.clear()
    },
  }
}
