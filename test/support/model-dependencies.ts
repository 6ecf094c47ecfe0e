import type { ContainerDeclaration, Dependency, Origin } from '../../src/model/desired.ts'
import { fullName } from '../../src/model/identity.ts'
import { exitCode } from '../../src/model/observed.ts'
import type { World } from './model-actions.ts'
import type { ModelContainer } from './model-containers.ts'

type Declared = { readonly declaration: ContainerDeclaration; readonly origin: Origin }

/** What a dependency's name means among these: the own project's first, and only of the own source. */
export function meant<T extends Declared>(
  { declaration, origin }: Declared,
  { name }: Dependency,
  all: readonly T[],
): T[] {
  const { project } = declaration.name
  const names = project === null || name.includes('/') ? [name] : [`${project}/${name}`, name]
  for (const full of names) {
    const found = all.filter(one => fullName(one.declaration.name) === full && one.origin.source === origin.source)
    if (found.length > 0) return found
  }
  return []
}

/** What no start may do: come before what the container depends on. */
export function hastyStart(world: World, container: ModelContainer): string[] {
  const name = fullName(container.declaration.name)
  return (container.declaration.dependsOn ?? []).flatMap(need => {
    const others = meant(container, need, [...world.containers.values()])
    const runs = others.some(({ run }) => run !== null)
    const hasRun = others.some(({ last }) => last !== null)
    const hasCompleted = others.some(({ run, last }) => run === null && last !== null && exitCode(last.exit) === 0)
    if (need.required && need.condition === 'completed' && runs)
      return [`${name} started before ${need.name} had ended`]
    const isWell = others.some(({ run, last }) =>
      run === null
        ? last !== null && exitCode(last.exit) === 0
        : run.health === undefined || run.health.status === 'healthy',
    )
    if (need.required && need.condition === 'healthy' && !isWell)
      return [`${name} started before ${need.name} was healthy`]
    if (!need.required || (need.condition === 'completed' ? hasCompleted : runs || hasRun)) return []
    return [`${name} started before ${need.name} was ${need.condition}`]
  })
}
