import { fail, ok, type Result } from '../../model/errors.ts'
import type { Address } from './address.ts'
import { askRemote, type Git } from './calls.ts'
import { candidateRefs, shortRef, type Wanted } from './names.ts'
import type { Trouble } from './trouble.ts'

/** What a server says that a name means now. */
export type Pointed = {
  /** what to fetch: a full name, or a commit id */
  readonly ref: string
  /** `main`, `v1.2`, or `3f2c1d9…` for a pinned commit */
  readonly name: string
  /** the commit as far as the server tells it */
  readonly commit: string
}

/** Asks the server which commit is meant; a commit that is asked for by its id is taken at its word. */
export async function askCommit(
  git: Git,
  address: Address,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Result<Pointed, Trouble>> {
  if (wanted.kind === 'commit') return ok({ ref: wanted.commit, name: wanted.commit, commit: wanted.commit })
  const candidates = wanted.kind === 'head' ? ['HEAD'] : candidateRefs(wanted.name)
  const patterns = candidates.flatMap(ref => (ref.startsWith('refs/tags/') ? [ref, `${ref}^{}`] : [ref]))
  const call = {
    args: ['ls-remote', '--quiet', '--symref', '--', address.url, ...patterns],
    what: 'learn its newest commit',
    timeoutMs: git.limits.askMs,
  }
  const asked = await askRemote(git, address, call, signal)
  if (!asked.ok) return asked
  const pointed = choose(asked.value.stdout.toString('utf8'), candidates)
  if (pointed !== null) return ok(pointed)
  const message =
    wanted.kind === 'head' ? 'it is empty: it has no commit yet' : `it has no branch or tag ${wanted.name}`
  return fail({ kind: 'absent', message })
}

/** The server matches by the ends of names, so what it lists may be more than was asked for. */
function choose(listing: string, candidates: readonly string[]): Pointed | null {
  const lines = listing.split('\n').map(line => line.split('\t'))
  const commits = new Map(
    lines.flatMap(([object = '', name = '']) => (/^[0-9a-f]{40,64}$/.test(object) ? [[name, object] as const] : [])),
  )
  const symbolic = lines.find(([target = '', name]) => target.startsWith('ref: ') && name === 'HEAD')?.[0]?.slice(5)
  const ref = candidates.find(name => commits.has(name))
  const commit = ref === undefined ? undefined : (commits.get(`${ref}^{}`) ?? commits.get(ref))
  if (ref === undefined || commit === undefined) return null
  return { ref, name: shortRef(ref === 'HEAD' ? (symbolic ?? 'HEAD') : ref), commit }
}
