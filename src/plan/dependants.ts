import type { ContainerDeclaration, Origin } from '../model/desired.ts'
import { meanings } from '../model/dependency-graph.ts'
import { fullName } from '../model/identity.ts'
import type { ObservedContainer } from '../model/observed.ts'
import type { Draft } from './draft.ts'

type Declared = Pick<ContainerDeclaration, 'name' | 'dependsOn'> & { readonly origin: Origin }

/** A container as this plan will have recorded it. */
export type Kept = {
  readonly name: string
  /** null: this plan makes it */
  readonly seen: ObservedContainer | null
}

/** Containers by what they depend on directly, by the first name of it that is there; key: `dependantsKey`. */
export type Dependants = ReadonlyMap<string, readonly Kept[]>

export function dependantsOf(draft: Draft): Dependants {
  const kept = keptBy(draft)
  const there = new Set(kept.map(({ declared }) => dependantsKey(declared)))
  const pairs = kept.flatMap(({ declared, seen }) =>
    (declared.dependsOn ?? []).flatMap(need => {
      const keys = meanings(declared.name, need.name).map(name => keyOf(declared, name))
      const key = keys.find(each => there.has(each))
      return key === undefined ? [] : [{ key, one: { name: fullName(declared.name), seen } }]
    }),
  )
  const grouped = Map.groupBy(pairs, ({ key }) => key)
  return new Map([...grouped].map(([key, all]) => [key, all.map(({ one }) => one)]))
}

export const dependantsKey = (declared: Pick<Declared, 'name' | 'origin'>): string =>
  keyOf(declared, fullName(declared.name))

const keyOf = ({ origin }: Pick<Declared, 'origin'>, name: string) => `${origin.source}\0${name}`

type WithDeclared = { readonly declared: Declared; readonly seen: ObservedContainer | null }

function keptBy({ observed, steps, gone }: Draft): WithDeclared[] {
  const actions = steps.map(({ action }) => action)
  const updated = new Map(
    actions.flatMap(action => (action.kind === 'update-record' ? [[action.id, action.container] as const] : [])),
  )
  const seen = observed.containers
    .filter(({ id }) => !gone.has(id))
    .map(one => ({ declared: updated.get(one.id) ?? { ...one.declaration, origin: one.origin }, seen: one }))
  const made = actions.flatMap(action =>
    action.kind === 'create-container' ? [{ declared: action.container, seen: null }] : [],
  )
  return [...seen, ...made]
}
