import { maxEnvFileBytes } from '../../manifest/environment.ts'
import { type ReadManifests, type ReadMemory, readManifests } from '../../manifest/read.ts'
import type { DesiredSource, Problem } from '../../model/desired.ts'
import { fail } from '../../model/errors.ts'
import { parseRepositoryFile, repositoryFile, type RevisionState } from '../../model/repository.ts'
import { readRegularFile } from '../../source/regular-file.ts'
import type { Source, SourceReading } from '../../source/source.ts'
import { dependencyProblems } from './dependency-problems.ts'
import { duplicateProblems } from './duplicates.ts'
import { displayRepositoryFile } from './repository-names.ts'

/** What one source says, and what is wrong with it. */
export type Part = {
  readonly source: DesiredSource
  readonly texts: SourceReading['texts']
  readonly manifests: ReadManifests
  readonly problems: readonly Problem[]
  /** absolute paths of this host */
  readonly envFiles: readonly string[]
  /** null for a source without commits */
  readonly revision: RevisionState | null
}

/** Reads manifests. Of a commit with errors nothing is taken: the last good one stays, beside what is wrong. */
export async function partOf(source: Source, reading: SourceReading, memory: ReadMemory = new Map()): Promise<Part> {
  const part = await parse(reading, memory)
  const { revisions } = source
  const { revision = null } = reading
  if (revisions === undefined) return part
  const wrong = revision === null ? [] : problemsOfCommit(part, revision.commit)
  if (wrong.length === 0) {
    const kept = revision !== null && part.source.read === 'ok' ? revisions.accept(reading) : null
    const failed = kept?.ok === false ? kept.error.message : null
    return { ...part, revision: withTrouble(revisions.state(revision), failed) }
  }
  const good = await revisions.lastGood()
  if (good === null || good.revision?.commit === revision?.commit) {
    const source = { ...part.source, read: 'unread', badFiles: [] } as const
    return { ...part, source, manifests: nothing, problems: wrong, revision: revisions.state(null) }
  }
  const before = await parse(good, new Map())
  const problems = [...wrong, ...problemsOfCommit(before, good.revision?.commit ?? '')]
  return { ...before, problems, revision: revisions.state(good.revision ?? null) }
}

const nothing: ReadManifests = { containers: [], volumes: [], networks: [], problems: [], badFiles: [] }

const withTrouble = (state: RevisionState, failed: string | null): RevisionState =>
  failed === null ? state : { ...state, trouble: state.trouble ?? failed }

/** A repository's env files are loaded once it is known which ones are named, and then all is read again. */
async function parse({ source, texts, problems, beside }: SourceReading, memory: ReadMemory): Promise<Part> {
  for (;;) {
    const hostFiles = new Set<string>()
    const unloaded = new Set<string>()
    const readFile = (path: string) => {
      if (parseRepositoryFile(path) === null) {
        hostFiles.add(path)
        return readRegularFile(path, maxEnvFileBytes)
      }
      const read = beside?.read(path) ?? null
      if (read === null) unloaded.add(path)
      return read ?? fail('it is not read yet')
    }
    const manifests = readManifests(texts, source.name, { readFile, memory })
    if (beside === undefined || unloaded.size === 0) {
      const all = [...problems, ...manifests.problems]
      return { source, texts, manifests, problems: all, envFiles: [...hostFiles], revision: null }
    }
    await beside.load([...unloaded])
  }
}

/** What is wrong with a commit, each place named with it: the same file may be good in another one. */
function problemsOfCommit({ source, texts, manifests, problems }: Part, commit: string): Problem[] {
  const { containers, volumes, networks } = manifests
  const byFile = new Map(texts.map(({ path, text }) => [path, text]))
  const textOf = (file: string) => {
    const text = byFile.get(file)
    return text === undefined ? null : new TextDecoder().decode(text)
  }
  const at = (file: string): string => {
    const inside = parseRepositoryFile(file)
    return inside === null ? file : repositoryFile(inside.repository, inside.path, commit)
  }
  const twice = duplicateProblems({ containers, volumes, networks }, textOf, file => displayRepositoryFile(at(file)))
  const dependencies = dependencyProblems(containers, [{ ...source, badFiles: manifests.badFiles }], textOf)
  return [...problems, ...twice, ...dependencies].map(problem => ({
    ...problem,
    file: at(problem.file),
    position: problem.position === null ? null : { ...problem.position, file: at(problem.position.file) },
  }))
}
