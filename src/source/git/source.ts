import { setTimeout as sleep } from 'node:timers/promises'
import { repositoryPlace, type Revision, type RevisionState } from '../../model/repository.ts'
import { readingOf } from '../reading.ts'
import type { Source, SourceOptions, SourceReading } from '../source.ts'
import type { Address } from './address.ts'
import type { Git } from './calls.ts'
import type { Wanted } from './names.ts'
import { pollDelayMs } from './poll.ts'
import { Repository } from './repository.ts'
import { type Snapshot, snapshotProblem } from './snapshot.ts'
import type { Store } from './store.ts'

export type GitSourceParts = {
  readonly git: Git
  readonly store: Store
  readonly address: Address
  readonly wanted: Wanted
  readonly path: string
  /** false: only what earlier runs saw; nobody is asked */
  readonly asks: boolean
  readonly intervalMs: number
  /** how long the first reading waits for the server when a good commit is known; null: as long as it takes */
  readonly patienceMs: number | null
  readonly random: () => number
  readonly nowMs: () => number
}

/** How a Git source with this address and path is called, and where it is. */
export const gitPlace = ({ repository }: Address, path: string): string => repositoryPlace(repository, path)

/**
 * The manifests of a directory in a Git repository, at the newest commit of a branch or tag. They are read from objects;
 * there is no work tree. A reading shows one commit as a whole.
 */
export function gitSource(
  parts: GitSourceParts,
  { name, allowEmpty = false }: SourceOptions,
  signal: AbortSignal,
): Source {
  const { address, path, wanted } = parts
  const place = { repository: address.repository, path }
  const repository = new Repository({ ...parts, place, source: name ?? gitPlace(address, path) })
  const identity = { name: name ?? gitPlace(address, path), scope: 'all', allowEmpty } as const
  const describe = `${gitPlace(address, path)}${wanted.kind === 'head' ? '' : ` (${nameOf(wanted)})`}`
  const reader = new FirstReading(repository, parts, signal)
  const reading = (snapshot: Snapshot | null): SourceReading => readingOfSnapshot(snapshot, { place, identity })
  return {
    kind: 'git',
    name: identity.name,
    paths: [gitPlace(address, path)],
    describe,
    read: async () => {
      await reader.done()
      return reading(repository.seen)
    },
    watch: (onHint, until, { onError = () => {} } = {}) =>
      void poll(repository, parts, reader, { onHint, onError }, until),
    revisions: {
      lastGood: async () => {
        const good = await repository.good(signal)
        return good === null ? null : reading(good)
      },
      accept: ({ revision }) => {
        const { seen } = repository
        return seen !== null && seen.revision.commit === revision?.commit
          ? repository.accept(seen)
          : { ok: true, value: undefined }
      },
      state: applied => stateOf(repository, identity.name, describe, applied),
    },
    close: parts.store.close,
  }
}

const nameOf = (wanted: Exclude<Wanted, { kind: 'head' }>): string =>
  wanted.kind === 'commit' ? wanted.commit.slice(0, 7) : wanted.name

type Around = {
  readonly place: { readonly repository: string; readonly path: string }
  readonly identity: { readonly name: string; readonly scope: 'all'; readonly allowEmpty: boolean }
}

function readingOfSnapshot(snapshot: Snapshot | null, { place, identity }: Around): SourceReading {
  // nothing is known of it: what it declared stays, also when an empty source may remove things
  if (snapshot === null) return { source: { ...identity, read: 'unread', badFiles: [] }, texts: [], problems: [] }
  const problem = snapshotProblem(snapshot, place)
  const read = readingOf(identity, snapshot.files)
  const { revision, beside } = snapshot
  if (problem === null) return { ...read, revision, beside }
  if (identity.allowEmpty && snapshot.fault?.isGone)
    return { ...read, source: { ...read.source, read: 'vanished' }, revision }
  return { ...read, source: { ...read.source, read: 'unread' }, problems: [problem], revision }
}

function stateOf(
  { seen, trouble, forced }: Repository,
  source: string,
  describe: string,
  applied: Revision | null,
): RevisionState {
  return { source, describe, seen: seen?.revision ?? null, applied, forced, trouble: trouble?.message ?? null }
}

/** The first look at a repository, which readings wait for; with patience, only so long. */
class FirstReading {
  readonly #repository: Repository
  readonly #parts: GitSourceParts
  readonly #signal: AbortSignal
  #look: Promise<unknown> | null = null
  #hasWaited = false

  constructor(repository: Repository, parts: GitSourceParts, signal: AbortSignal) {
    this.#repository = repository
    this.#parts = parts
    this.#signal = signal
  }

  async done(): Promise<void> {
    if (!this.#parts.asks) {
      if (this.#repository.seen === null) await this.#repository.recall(this.#signal)
      return
    }
    this.#look ??= this.#begin()
    const { patienceMs } = this.#parts
    if (patienceMs === null || (this.#repository.record()?.good ?? null) === null) {
      await this.#look
      return
    }
    if (this.#hasWaited) return
    this.#hasWaited = true
    const isLate = await Promise.race([this.#look.then(() => false), sleep(patienceMs, true)])
    if (isLate) await this.#repository.goOnWithout(patienceMs, this.#signal)
  }

  /** Whoever awaits it gets its error; nobody may be waiting any more. */
  #begin(): Promise<unknown> {
    const look = this.#repository.refresh(this.#signal)
    look.catch(() => {})
    return look
  }

  /** Resolves when the server has answered, or given no answer for too long. */
  async ended(): Promise<void> {
    await this.#look
  }
}

type Listeners = { readonly onHint: () => void; readonly onError: (message: string) => void }

/** Looks again and again; whatever goes wrong with one look, there is a next one. */
async function poll(
  repository: Repository,
  { intervalMs, random }: GitSourceParts,
  first: FirstReading,
  { onHint, onError }: Listeners,
  signal: AbortSignal,
): Promise<void> {
  const state = () => `${repository.seen?.revision.commit} ${repository.trouble?.message}`
  const before = state()
  let failures = 0
  const look = async (act: () => Promise<boolean>) => {
    try {
      if (await act()) onHint()
      failures = repository.trouble === null ? 0 : failures + 1
    } catch (error) {
      failures += 1
      onError(error instanceof Error ? error.message : String(error))
    }
  }
  await look(async () => {
    await first.ended()
    return state() !== before
  })
  while (!signal.aborted) {
    await sleep(pollDelayMs(intervalMs, failures, random), undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await look(() => repository.refresh(signal))
  }
}
