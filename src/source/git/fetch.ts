import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok, type Result } from '../../model/errors.ts'
import type { RevisionState } from '../../model/repository.ts'
import type { Address } from './address.ts'
import type { Pointed } from './ask.ts'
import { askLocal, askRemote, type Git } from './calls.ts'
import { makeRepository, packTogether, plantSeed, type Seed } from './copy.ts'
import type { GitLimits } from './limits.ts'
import type { Store } from './store.ts'
import type { Trouble } from './trouble.ts'

export type Fetched = { readonly commit: string /** a name in the store */; readonly directory: string }

/** What is to come, from where and into which store. */
export type Transfer = {
  readonly git: Git
  readonly address: Address
  readonly store: Store
  readonly pointed: Pointed
}

const ours = 'refs/reconcile/new'

/** Brings a commit into a new directory of the store; from `seed` comes what is here already. */
export async function fetchCommit(
  what: Transfer,
  seed: Seed | null,
  signal: AbortSignal,
): Promise<Result<Fetched, Trouble>> {
  const first = await fetchInto(what, seed, signal)
  if (first.ok || seed === null || first.error.kind !== 'own') return first
  // what is here is damaged; all of it can come again
  return fetchInto(what, null, signal)
}

async function fetchInto(
  { git, address, store, pointed }: Transfer,
  seed: Seed | null,
  signal: AbortSignal,
): Promise<Result<Fetched, Trouble>> {
  const name = store.newDirectory()
  if (!name.ok) return fail({ kind: 'refused', message: name.error.message })
  const directory = store.pathOf(name.value)
  const made = await makeRepository(git, directory, pointed.commit, signal)
  if (!made.ok) return made
  const planted = seed === null ? ok(undefined) : plantSeed(directory, seed)
  if (!planted.ok) return planted
  const transferred = await transfer(git, address, directory, pointed, signal)
  if (!transferred.ok) return fail(isAtBound(directory, git.limits) ? tooMuch(git.limits) : transferred.error)
  const call = { args: ['rev-parse', '--verify', '--end-of-options', `${ours}^{commit}`], what: 'find a commit there' }
  const commit = await askLocal(git, directory, call, signal)
  if (!commit.ok) return fail({ kind: 'absent', message: `${pointed.name} does not lead to a commit` })
  const packed = await packTogether(git, directory, signal)
  return packed.ok ? ok({ commit: commit.value.stdout.toString('utf8').trim(), directory: name.value }) : packed
}

/** The kernel stops whoever writes past the bound; git then says only that something was wrong with the pack. */
function isAtBound(directory: string, { packBytes }: GitLimits): boolean {
  const packs = join(directory, 'objects', 'pack')
  const sizes = readdirSync(packs).map(name => statSync(join(packs, name), { throwIfNoEntry: false })?.size ?? 0)
  return sizes.some(bytes => bytes >= packBytes)
}

const tooMuch = ({ packBytes }: GitLimits): Trouble => ({
  kind: 'too-much',
  message: `more than ${packBytes / 1024 / 1024} MiB would come at once`,
})

function transfer(git: Git, address: Address, directory: string, pointed: Pointed, signal: AbortSignal) {
  const args = [
    `--git-dir=${directory}`,
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-auto-maintenance',
    '--update-shallow',
    `--depth=${git.limits.depth}`,
    '--',
    address.url,
    `+${pointed.ref}:${ours}`,
  ]
  return askRemote(git, address, { args, what: 'bring its newest commit', timeoutMs: git.limits.fetchMs }, signal)
}

/** Whether a branch was rewound or replaced: null when the commit from before is part of the new one's history. */
export async function forcedPush(
  git: Git,
  directory: string,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<RevisionState['forced']> {
  const what = 'compare two commits'
  const ancestor = { args: ['merge-base', '--is-ancestor', from, to], what, answers: [1, 128] }
  const isAncestor = await askLocal(git, directory, ancestor, signal)
  if (!isAncestor.ok || isAncestor.value.code === 0) return null
  const common = await askLocal(git, directory, { args: ['merge-base', from, to], what, answers: [1, 128] }, signal)
  return { from, isCertain: common.ok && common.value.code === 0 }
}
