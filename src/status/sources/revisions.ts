import { type RevisionState, shortCommit } from '../../model/repository.ts'
import { clean } from '../text/clean.ts'

/** What to tell of Git sources that is other than before (null: nothing was told yet). */
export function revisionLines(now: readonly RevisionState[], before: readonly RevisionState[] | null): string[] {
  return now.flatMap(state => {
    const last = before?.find(({ source, describe }) => source === state.source && describe === state.describe)
    return [...commitLines(state, last ?? null), ...troubleLines(state, last ?? null)].map(
      line => `${clean(state.describe)}: ${clean(line)}`,
    )
  })
}

function commitLines({ seen, applied, forced }: RevisionState, last: RevisionState | null): string[] {
  if (seen === null || seen.commit === last?.seen?.commit) return []
  const was = last?.seen ? `${shortCommit(last.seen.commit)} -> ` : ''
  const lines = [`${last === null ? 'at ' : ''}commit ${was}${shortCommit(seen.commit)}${ofName(seen.ref)}`]
  if (forced !== null) lines.push(forcedLine(seen.commit, seen.ref, forced))
  if (applied?.commit !== seen.commit)
    lines.push(`commit ${shortCommit(seen.commit)} has errors, so nothing of it is applied; ${staying(applied)}`)
  return lines
}

/** A pinned commit has no other name. */
const ofName = (ref: string): string => (/^[0-9a-f]{40,64}$/.test(ref) ? '' : ` of ${ref}`)

function forcedLine(commit: string, ref: string, { from, isCertain }: NonNullable<RevisionState['forced']>): string {
  const [new_, old] = [shortCommit(commit), shortCommit(from)]
  return isCertain
    ? `${ref} was force-pushed: ${old} is not in the history of ${new_}`
    : `${ref} was force-pushed, or went on by many commits at once: ${old} is not in the recent history of ${new_}`
}

function troubleLines({ trouble, applied }: RevisionState, last: RevisionState | null): string[] {
  if (trouble === (last?.trouble ?? null)) return []
  return [trouble === null ? 'can be read again' : `${trouble}; ${staying(applied)}`]
}

const staying = (applied: RevisionState['applied']): string =>
  applied === null
    ? 'what was applied earlier stays as it is'
    : `the last good commit ${shortCommit(applied.commit)} stays`

/** Why nothing can be done without the repository. */
export const unreadLine = ({ describe, trouble }: RevisionState): string =>
  `${clean(describe)}: ${clean(trouble ?? 'it can not be read')}; nothing is known of it here yet`
