/** The candidate that was probably meant by a mistyped word, or null. */
export function closest(word: string, candidates: readonly string[]): string | null {
  if (word.length > 60) return null
  const typed = plain(word)
  const same = candidates.find(candidate => plain(candidate) === typed)
  if (same !== undefined) return same
  const bound = Math.max(1, Math.floor(word.length / 3))
  const ranked = candidates
    .map(candidate => ({ candidate, distance: distance(typed, plain(candidate)) }))
    .filter(({ distance }) => distance <= bound)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.candidate ?? null
}

export const didYouMean = (word: string, candidates: readonly string[]): string => {
  const meant = closest(word, candidates)
  return meant === null ? '' : `; did you mean "${meant}"?`
}

/** `read_only`, `read-only` and `ReadOnly` are all `readOnly`. */
const plain = (word: string): string => word.toLowerCase().replace(/[-_]/g, '')

/** Edits (insert, delete, replace, swap of neighbours) from one word to the other. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced, swapped ? (before[j - 2] ?? 0) + 1 : Infinity),
      )
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}
