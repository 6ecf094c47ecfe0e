import { cycleText, meanings, orderByNeed } from '../model/dependency-graph.ts'
import { type DesiredContainer, type DesiredSource, joinedName, namespaceKinds } from '../model/desired.ts'
import { fullName, type Position } from '../model/identity.ts'
import { closest } from './suggest.ts'
import { quote } from './text.ts'

export type DependencyFault = { readonly position: Position; readonly message: string }

type Declared = ReadonlyMap<string, DesiredContainer>

/**
 * Names that nobody declares, what can never come true, and circles, which no file shows alone. Where a source was not read
 * as a whole, a name may stand in the part that was not: then it is left to the planner, which sees what is recorded.
 */
export function dependencyFaults(
  containers: readonly DesiredContainer[],
  sources: readonly DesiredSource[],
): DependencyFault[] {
  const bySource = Map.groupBy(containers, ({ origin }) => origin.source)
  return [...bySource].flatMap(([name, own]) => {
    if (own.every(({ dependsOn }) => dependsOn === undefined)) return []
    const declared = new Map(own.map(one => [fullName(one.name), one]))
    const source = sources.find(one => one.name === name)
    const isWhole = source?.read === 'ok' && source.scope === 'all' && source.badFiles.length === 0
    const foreign = containers.filter(({ origin }) => origin.source !== name)
    return [...own.flatMap(one => faultsOf(one, declared, isWhole ? foreign : null)), ...cycleFaults(declared)]
  })
}

/** `foreign` null: not every name is known. */
function faultsOf(
  one: DesiredContainer,
  declared: Declared,
  foreign: readonly DesiredContainer[] | null,
): DependencyFault[] {
  return (one.dependsOn ?? []).flatMap(({ name, condition }, index) => {
    const at = placeOf(one, index)
    const target = targetOf(one, name, declared)
    if (target === undefined) {
      return foreign === null
        ? []
        : [{ position: at, message: `${fieldOf(one, index)}: ${unknownName(one, name, declared, foreign)}` }]
    }
    const { policy } = target.restart
    if (condition !== 'completed' || policy === 'no' || policy === 'on-failure') return []
    const message = `spec.dependsOn.${index}: ${fullName(target.name)} never completes under restart: ${policy}; declare restart: no or on-failure there`
    return [{ position: at, message }]
  })
}

const targetOf = ({ name: own }: DesiredContainer, name: string, declared: Declared): DesiredContainer | undefined =>
  meanings(own, name).flatMap(full => declared.get(full) ?? [])[0]

function unknownName(
  { name: own }: DesiredContainer,
  name: string,
  declared: Declared,
  foreign: readonly DesiredContainer[],
): string {
  const [other] = meanings(own, name).flatMap(full => foreign.find(one => fullName(one.name) === full) ?? [])
  if (other !== undefined)
    return `${fullName(other.name)} is declared by another source, ${other.origin.source}; a dependency must be of the same one`
  const prefix = own.project === null ? '' : `${own.project}/`
  const names = [...declared.keys()].map(full => (full.startsWith(prefix) ? full.slice(prefix.length) : full))
  const meant = closest(name, names)
  return `no container ${quote(name)} is declared here${meant === null ? '' : `; did you mean ${quote(meant)}?`}`
}

/** One a file and circle: each of its files must be mended or left. */
function cycleFaults(declared: Declared): DependencyFault[] {
  const needs = new Map(
    [...declared].map(([name, one]) => [
      name,
      (one.dependsOn ?? []).flatMap(need => {
        const target = targetOf(one, need.name, declared)
        return target === undefined ? [] : [fullName(target.name)]
      }),
    ]),
  )
  return orderByNeed(needs).cycles.flatMap(cycle => {
    const byFile = Map.groupBy(cycle, name => declared.get(name)?.origin.file)
    return [...byFile.values()].flatMap(([name = '']) => {
      const one = declared.get(name)
      if (one === undefined) return []
      const next = cycle[(cycle.indexOf(name) + 1) % cycle.length] ?? name
      const index = (needs.get(name) ?? []).indexOf(next)
      return [{ position: placeOf(one, index), message: `${name} would wait for itself: ${cycleText(cycle, name)}` }]
    })
  })
}

function placeOf(one: DesiredContainer, index: number): Position {
  const { positions, origin } = one
  const field = fieldOf(one, index)
  const { file, line, column } = positions[`${field}.name`] ?? positions[field] ?? origin
  return { file, line, column }
}

/** Where a dependency is written, or the namespace that implies it. */
function fieldOf({ positions, spec, dependsOn }: DesiredContainer, index: number): string {
  const field = `spec.dependsOn.${index}`
  if (positions[field] !== undefined) return field
  const name = dependsOn?.[index]?.name
  const kind = namespaceKinds.find(each => joinedName(spec.namespaces[each]) === name)
  return kind === undefined ? field : `spec.namespaces.${kind}`
}
