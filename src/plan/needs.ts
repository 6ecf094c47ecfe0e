import { cycleText, meanings, orderByNeed } from '../model/dependency-graph.ts'
import type { DesiredContainer, Dependency } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { Unmet } from '../model/plan.ts'
import { named } from './candidates.ts'
import type { Draft } from './draft.ts'

/** A dependency with what its name means here. */
export type Need = Omit<Dependency, 'name'> & {
  /** the full name, or as it was written when it means nothing */
  readonly on: string
  /** in the manifest's list */
  readonly index: number
  /** what is asked of it now; null: only what is recorded of it is known */
  readonly wanted: DesiredContainer | null
  readonly fault: Unmet | null
}

export type Graph = {
  /** dependencies first */
  readonly order: readonly DesiredContainer[]
  readonly needsOf: (container: DesiredContainer) => readonly Need[]
}

/** Which of the wanted containers, each of a name of its own, needs which; the order stays where no need changes it. */
export function graphOf(draft: Draft, wanted: readonly DesiredContainer[]): Graph {
  const byName = new Map(wanted.map(container => [fullName(container.name), container]))
  if (wanted.every(({ dependsOn = [] }) => dependsOn.length === 0)) return { order: wanted, needsOf: () => [] }
  const needs = new Map([...byName].map(([name, container]) => [name, resolved(draft, container, byName)]))
  const { order, cycles } = orderByNeed(new Map([...needs].map(([name, all]) => [name, all.map(({ on }) => on)])))
  const rounds = new Map(cycles.flatMap(cycle => cycle.map(name => [name, cycle] as const)))
  const places = new Map(order.map((name, place) => [name, place]))
  const isAhead = (own: string, on: string) => (places.get(on) ?? -1) >= (places.get(own) ?? 0)
  return {
    order: order.flatMap(name => byName.get(name) ?? []),
    needsOf: ({ name }) => {
      const own = fullName(name)
      return (needs.get(own) ?? []).map(need =>
        isAhead(own, need.on)
          ? { ...need, fault: { kind: 'cycle', path: cycleText(rounds.get(own) ?? [own], own) } }
          : need,
      )
    },
  }
}

function resolved(draft: Draft, container: DesiredContainer, byName: ReadonlyMap<string, DesiredContainer>): Need[] {
  return (container.dependsOn ?? []).map(({ name, ...rest }, index) => {
    const { on, fault } = meaningOf(draft, container, name, byName)
    return { ...rest, on, index, wanted: fault === null ? (byName.get(on) ?? null) : null, fault }
  })
}

/** What is wanted of the own source, else what is recorded of it: a single file says nothing of its neighbours. */
function meaningOf(
  draft: Draft,
  { name, origin }: DesiredContainer,
  written: string,
  byName: ReadonlyMap<string, DesiredContainer>,
): Pick<Need, 'on' | 'fault'> {
  const names = meanings(name, written)
  const isOwn = (one: { readonly origin: DesiredContainer['origin'] }) => one.origin.source === origin.source
  const found = names.find(full => {
    const one = byName.get(full)
    return one !== undefined && isOwn(one)
  })
  const recorded = found ?? names.find(full => named(draft, full).some(isOwn))
  if (recorded !== undefined) return { on: recorded, fault: null }
  for (const full of names) {
    const other = byName.get(full) ?? named(draft, full)[0]
    if (other !== undefined) return { on: full, fault: { kind: 'foreign', source: other.origin.source } }
  }
  return { on: names[0] ?? written, fault: { kind: 'undeclared' } }
}
