import { fullName, type ObjectName } from './identity.ts'

/** Full names that a reference may mean, the first one first: the own project's goes before one without a project. */
export const meanings = ({ project }: ObjectName, reference: string): readonly string[] =>
  project === null || reference.includes('/') ? [reference] : [fullName({ project, name: reference }), reference]

export type Ordered = {
  /** all names, each behind what it needs, level by level */
  readonly order: readonly string[]
  /** each from one of its names on to the last that needs the first; within `order` they stand as if they needed nothing more */
  readonly cycles: readonly (readonly string[])[]
}

/** Puts names behind those that they need; needs that are no names themselves are passed over. Linear but for sorting. */
export function orderByNeed(needs: ReadonlyMap<string, readonly string[]>): Ordered {
  const places = new Map([...needs.keys()].map((name, place) => [name, place]))
  const unmet = new Map([...needs].map(([name, all]) => [name, new Set(all.filter(one => needs.has(one)))]))
  const followers = new Map([...needs.keys()].map(name => [name, [] as string[]]))
  for (const [name, all] of unmet) for (const one of all) followers.get(one)?.push(name)
  const order: string[] = []
  const cycles: string[][] = []
  let level = [...unmet].flatMap(([name, all]) => (all.size === 0 ? [name] : []))
  while (unmet.size > 0) {
    if (level.length === 0) {
      level = cycleIn(unmet)
      cycles.push([...level])
    }
    level.sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
    order.push(...level)
    level = meet(level, unmet, followers)
  }
  return { order, cycles }
}

type Unmet = Map<string, Set<string>>

/** Takes these out; gives those that now need nothing more. */
function meet(level: readonly string[], unmet: Unmet, followers: ReadonlyMap<string, readonly string[]>): string[] {
  for (const name of level) unmet.delete(name)
  const free = new Set<string>()
  for (const name of level) {
    for (const follower of followers.get(name) ?? []) {
      const left = unmet.get(follower)
      left?.delete(name)
      if (left?.size === 0) free.add(follower)
    }
  }
  return [...free]
}

/** Each of these needs another one of them, so whoever walks on comes round. */
function cycleIn(unmet: Unmet): string[] {
  const path = new Map<string, number>()
  let [at = ''] = unmet.keys()
  while (!path.has(at)) {
    path.set(at, path.size)
    ;[at = ''] = unmet.get(at) ?? []
  }
  return [...path.keys()].slice(path.get(at))
}

const shownNames = 8

/** `a → b → a`, beginning with one of the names; a long one is cut in the middle. */
export function cycleText(cycle: readonly string[], first: string): string {
  const from = Math.max(0, cycle.indexOf(first))
  const path = [...cycle.slice(from), ...cycle.slice(0, from), cycle[from] ?? first]
  const cut = path.length - shownNames - 1
  const told = cut > 1 ? [...path.slice(0, shownNames), `… ${cut} more …`, ...path.slice(-1)] : path
  return told.join(' → ')
}
