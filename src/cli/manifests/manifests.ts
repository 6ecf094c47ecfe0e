import { relative } from 'node:path'
import { withDefaultNetworks } from '../../model/default-networks.ts'
import type { DesiredContainer, DesiredSource, DesiredState, Problem } from '../../model/desired.ts'
import type { RevisionState } from '../../model/repository.ts'
import type { ReadMemory } from '../../manifest/read.ts'
import { openSources } from '../../source/open.ts'
import type { Source } from '../../source/source.ts'
import type { Context } from '../context/context.ts'
import { dependencyProblems } from './dependency-problems.ts'
import { duplicateProblems } from './duplicates.ts'
import type { Use } from './git-source.ts'
import { type Part, partOf } from './parts.ts'
import { displayRepositoryFile } from './repository-names.ts'

/** The manifests of a command: where they come from, and how their paths are shown. */
export type Manifests = {
  readonly sources: readonly Source[]
  readonly read: () => Promise<Reading>
  /** an absolute path → as it was typed, or relative to here, or as it is */
  readonly display: (file: string) => string
}

/** Everything that the sources say now; `absentSinceMs` is left empty. */
export type Reading = {
  readonly desired: DesiredState
  readonly files: number
  /** directories that aren't there, as they are shown */
  readonly missing: readonly string[]
  /** absolute paths of the env files that the manifests name */
  readonly envFiles: readonly string[]
  /** of the sources that are read commit by commit */
  readonly revisions: readonly RevisionState[]
}

/** `use`: what the command wants of a repository. */
export async function openManifests(context: Context, paths: readonly string[], use: Use): Promise<Manifests> {
  const { options, workingDir } = context
  const local = openSources(paths, { name: options.source ?? undefined, allowEmpty: options.allowEmpty })
  const git = options.git === null ? [] : [(await import('./git-source.ts')).openGit(context, options.git, use)]
  const sources = [...git, ...local]
  const memories = new Map(sources.map(source => [source, new Map() as ReadMemory] as const))
  const typed = new Map<string, string>()
  const display = (file: string) =>
    typed.get(file) ?? (file.startsWith('/') ? displayPath(file, workingDir) : displayRepositoryFile(file))
  const read = async () => {
    const parts = await Promise.all(
      sources.map(async source => partOf(source, await source.read(), memories.get(source))),
    )
    if (use === 'look' || use === 'recall') for (const source of git) await source.close?.()
    for (const { texts } of parts) for (const { path, file } of texts) typed.set(path, file)
    const missing = sources.filter((source, i) => source.kind === 'directory' && isAbsent(parts[i]))
    const { desired, ...rest } = together(parts, display)
    return {
      ...rest,
      desired: withDefaultNetworks(desired, options.defaultNetwork),
      missing: missing.map(({ describe }) => describe),
    }
  }
  return { sources, read, display }
}

/** Not one that is there and can't be read: that is a problem of its own. */
const isAbsent = (part: Part | undefined): boolean => part?.source.read === 'vanished' && part.problems.length === 0

/** Paths outside the working directory are clearer when they are absolute. */
export function displayPath(file: string, workingDir: string): string {
  const path = relative(workingDir, file)
  return path === '' || path.startsWith('..') ? file : path
}

function together(parts: readonly Part[], display: (file: string) => string): Omit<Reading, 'missing'> {
  const containers = parts.flatMap(part => part.manifests.containers)
  const volumes = parts.flatMap(part => part.manifests.volumes)
  const networks = parts.flatMap(part => part.manifests.networks)
  const texts = new Map(parts.flatMap(part => part.texts.map(({ path, text }) => [path, text] as const)))
  const textOf = (file: string) => {
    const text = texts.get(file)
    return text === undefined ? null : new TextDecoder().decode(text)
  }
  const duplicates = duplicateProblems({ containers, volumes, networks }, textOf, display)
  const doubled = new Set(duplicates.map(({ file }) => file))
  const sources = mergeSources(
    parts.map(part => sourceWithBadFiles(part.source, [...part.manifests.badFiles, ...doubled])),
  )
  const isSingle = ({ origin }: { origin: { file: string } }) => !doubled.has(origin.file)
  const dependencies = dependencyProblems(containers.filter(isSingle), sources, textOf)
  const faulty = new Set(dependencies.map(({ file }) => file))
  const isKept = (one: { origin: { file: string } }) => isSingle(one) && !faulty.has(one.origin.file)
  return {
    files: texts.size,
    envFiles: [...new Set(parts.flatMap(part => part.envFiles))],
    revisions: parts.flatMap(({ revision }) => revision ?? []),
    desired: {
      sources: sources.map(source => sourceWithBadFiles(source, faultyIn(source, containers, faulty))),
      containers: containers.filter(isKept),
      volumes: volumes.filter(isKept),
      networks: networks.filter(isKept),
      problems: [...parts.flatMap(part => part.problems), ...duplicates, ...dependencies].sort(byPlace),
      absentSinceMs: {},
    },
  }
}

const faultyIn = (
  { name }: DesiredSource,
  containers: readonly DesiredContainer[],
  faulty: ReadonlySet<string>,
): string[] => [
  ...new Set(containers.flatMap(({ origin: { source, file } }) => (source === name && faulty.has(file) ? [file] : []))),
]

const sourceWithBadFiles = (source: DesiredSource, more: readonly string[]): DesiredSource => ({
  ...source,
  badFiles: [...new Set([...source.badFiles, ...more])],
})

/**
 * With `--source NAME` several directories are one source: it is empty only when all of it is, but vanished when one of
 * its directories is. What that one declared can't be told from what another one declares no more.
 */
export function mergeSources(sources: readonly DesiredSource[]): DesiredSource[] {
  const groups = Map.groupBy(sources, ({ name }) => name)
  return [...groups.values()].map(group =>
    group.reduce((all, one) => ({
      ...all,
      read: readTogether(all, one),
      scope: all.scope === 'all' || one.scope === 'all' ? 'all' : [...all.scope, ...one.scope],
      badFiles: [...new Set([...all.badFiles, ...one.badFiles])],
    })),
  )
}

function readTogether(a: DesiredSource, b: DesiredSource): DesiredSource['read'] {
  if ([a, b].some(({ read }) => read === 'unread')) return 'unread'
  if ([a, b].some(({ read, scope }) => read === 'vanished' && scope === 'all')) return 'vanished'
  if (a.read === b.read) return a.read
  return a.read === 'ok' || b.read === 'ok' ? 'ok' : 'empty'
}

const byPlace = (a: Problem, b: Problem): number =>
  a.file === b.file
    ? (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0)
    : a.file < b.file
      ? -1
      : 1
