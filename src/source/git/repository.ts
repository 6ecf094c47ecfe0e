import { ok, type Result } from '../../model/errors.ts'
import type { RepositoryRecord, Revision, RevisionState } from '../../model/repository.ts'
import type { SourceName } from '../../model/identity.ts'
import { repositoryPlace } from '../../model/repository.ts'
import type { Address } from './address.ts'
import { askCommit, type Pointed } from './ask.ts'
import type { Git } from './calls.ts'
import { fetchCommit, forcedPush } from './fetch.ts'
import type { Wanted } from './names.ts'
import { type Place, readSnapshot, type Snapshot } from './snapshot.ts'
import type { Store } from './store.ts'
import type { Trouble } from './trouble.ts'

export type RepositoryParts = {
  readonly git: Git
  readonly store: Store
  readonly address: Address
  readonly wanted: Wanted
  readonly place: Place
  readonly source: SourceName
  readonly nowMs: () => number
}

/** What is known of a repository: the newest commit that could be read, the last good one, and what stands in the way. */
export class Repository {
  readonly #parts: RepositoryParts
  #seen: Snapshot | null = null
  #good: Snapshot | null = null
  #forced: RevisionState['forced'] = null
  #trouble: Trouble | null = null

  constructor(parts: RepositoryParts) {
    this.#parts = parts
  }

  get seen(): Snapshot | null {
    return this.#seen
  }

  get forced(): RevisionState['forced'] {
    return this.#forced
  }

  get trouble(): Trouble | null {
    return this.#trouble
  }

  /** Asks the server. True when something is other than before: the commit, or whether it can be read. */
  async refresh(signal: AbortSignal): Promise<boolean> {
    const before = [this.#seen?.revision.commit, this.#trouble?.message]
    const looked = await this.#look(signal)
    if (!looked.ok && looked.error.kind === 'cancelled') return false
    this.#trouble = looked.ok ? null : looked.error
    if (this.#seen === null) await this.recall(signal)
    return before[0] !== this.#seen?.revision.commit || before[1] !== this.#trouble?.message
  }

  /** The server takes its time: what earlier runs saw holds until it answers. */
  async goOnWithout(waitedMs: number, signal: AbortSignal): Promise<void> {
    if (this.#seen !== null || this.#trouble !== null) return
    this.#trouble = { kind: 'unreachable', message: `no answer within ${waitedMs / 1000} s` }
    await this.recall(signal)
  }

  /** What earlier runs saw last, without asking anybody. */
  async recall(signal: AbortSignal): Promise<void> {
    const record = this.record()
    for (const revision of record === null ? [] : [record.seen, record.good]) {
      if (record === null || revision === null || this.#seen !== null) continue
      const read = await this.#readAt(record.directory, revision, signal)
      if (read.ok) this.#seen = read.value
    }
  }

  /** The last commit without errors, as far as its objects are here. */
  async good(signal: AbortSignal): Promise<Snapshot | null> {
    const record = this.record()
    const revision = record?.good ?? null
    if (record === null || revision === null) return null
    if (this.#good?.revision.commit === revision.commit) return this.#good
    const read = await this.#readAt(record.directory, revision, signal)
    this.#good = read.ok ? read.value : null
    return this.#good
  }

  /** From now on this is the commit that stays when a later one has errors. */
  accept(snapshot: Snapshot): Result<void> {
    const record = this.record()
    this.#good = snapshot
    if (record === null || record.good?.commit === snapshot.revision.commit) return ok(undefined)
    return this.#parts.store.keep({ ...record, good: snapshot.revision })
  }

  record(): RepositoryRecord | null {
    const read = this.#parts.store.record()
    return read.known ? read.value : null
  }

  async #look(signal: AbortSignal): Promise<Result<void, Trouble>> {
    const { git, address, wanted } = this.#parts
    const pointed = await askCommit(git, address, wanted, signal)
    if (!pointed.ok) return pointed
    if (this.#seen?.revision.commit === pointed.value.commit) return ok(undefined)
    const record = this.record()
    const here = [record?.seen, record?.good].find(one => one?.commit === pointed.value.commit)
    if (record !== null && here != null) {
      const read = await this.#readAt(record.directory, { ...here, ref: pointed.value.name }, signal)
      if (read.ok) {
        this.#see(read.value, null)
        return ok(undefined)
      }
    }
    const brought = await this.#bring(pointed.value, record, signal)
    await this.#parts.store.sweep()
    return brought
  }

  async #bring(pointed: Pointed, record: RepositoryRecord | null, signal: AbortSignal): Promise<Result<void, Trouble>> {
    const { git, store, address, place, source, nowMs } = this.#parts
    const commits = [record?.seen, record?.good].flatMap(one => (one == null ? [] : [one.commit]))
    const seed = record === null || !store.isKept ? null : { directory: store.pathOf(record.directory), commits }
    const fetched = await fetchCommit({ git, address, store, pointed }, seed, signal)
    if (!fetched.ok) return fetched
    const revision = { commit: fetched.value.commit, ref: pointed.name, atMs: nowMs() }
    const path = store.pathOf(fetched.value.directory)
    const read = await readSnapshot(git, path, revision, place, signal)
    if (!read.ok) return read
    const isSameRef = record !== null && record.seen.ref === revision.ref && record.seen.commit !== revision.commit
    const forced = isSameRef ? await forcedPush(git, path, record.seen.commit, revision.commit, signal) : null
    const good = record === null ? null : await this.#kept(record.good, path, signal)
    const kept = store.keep({
      version: 1,
      place: repositoryPlace(place.repository, place.path),
      source,
      seen: revision,
      good,
      directory: fetched.value.directory,
    })
    if (!kept.ok) return { ok: false, error: { kind: 'refused', message: kept.error.message } }
    this.#see(read.value, forced)
    return ok(undefined)
  }

  /** The last good commit stays one only with its objects, which a fresh transfer may lack. */
  async #kept(good: Revision | null, directory: string, signal: AbortSignal): Promise<Revision | null> {
    if (good === null) return null
    const read = await readSnapshot(this.#parts.git, directory, good, this.#parts.place, signal)
    return read.ok ? good : null
  }

  #see(snapshot: Snapshot, forced: RevisionState['forced']): void {
    this.#seen = snapshot
    this.#forced = forced
  }

  #readAt(directory: string, revision: Revision, signal: AbortSignal): Promise<Result<Snapshot, Trouble>> {
    const { git, store, place } = this.#parts
    return readSnapshot(git, store.pathOf(directory), revision, place, signal)
  }
}
