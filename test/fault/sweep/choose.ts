import type { Call } from '../../support/fault-injector.ts'

/** A call and where it is, without what differs from run to run. */
const kindOf = ({ name, path }: Call) =>
  `${name} ${path
    .replaceAll(/[0-9a-f]{12,}/g, '*')
    .replaceAll(/[A-Z2-7]{26}/g, '*')
    .replaceAll(/\d+/g, '#')}`

/** The numbers, from 1, of calls of which each is the first of its kind. */
export function distinctCalls(calls: readonly Call[]): number[] {
  const seen = new Set<string>()
  return calls.flatMap((call, i) => {
    const kind = kindOf(call)
    if (seen.has(kind)) return []
    seen.add(kind)
    return [i + 1]
  })
}

/** So many of them at the most, evenly spaced, the first and the last among them. */
export function spread<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all]
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))] as T)
}

/** All of them, so ordered that any first part is spread over the whole: by their positions' bits, the last one first. */
export function coarseFirst<T>(all: readonly T[]): T[] {
  const bits = Math.ceil(Math.log2(Math.max(2, all.length)))
  const reversed = (position: number) => position.toString(2).padStart(bits, '0').split('').reverse().join('')
  return all
    .map((item, position) => ({ item, rank: reversed(position) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ item }) => item)
}
