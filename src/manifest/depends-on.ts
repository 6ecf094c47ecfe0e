import { type ContainerDeclaration, type Dependency, joinedName, type Sharing } from '../model/desired.ts'
import type { Spec } from './generated/manifests.ts'
import type { Report } from './report.ts'
import { quote } from './text.ts'

/**
 * Both forms of each dependency as one; none at all is left out. What the names mean is looked at over the whole source. Who
 * joins a namespace of another container needs it, and goes with it.
 */
export function resolveDependsOn(spec: Spec, report: Report): Pick<ContainerDeclaration, 'dependsOn'> {
  const joined = joinedNames(spec, report)
  const written = (spec.dependsOn ?? []).map((one, index) => resolveOne(one, index, report))
  const implied = [...joined].filter(name => written.every(one => one.name !== name))
  const dependsOn = [
    ...written.map(one => (joined.has(one.name) ? { ...one, ...bound } : one)),
    ...implied.map(name => ({ name, condition: 'started' as const, ...bound })),
  ]
  const names = written.map(({ name }) => name)
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) < index) report(['spec', 'dependsOn', index], `spec.dependsOn names ${quote(name)} twice`)
    if (joined.has(name) && written[index]?.condition === 'completed') {
      const message = `spec.dependsOn.${index}: ${quote(name)} must run, because a namespace of it is joined; it can't be waited for as completed`
      report(['spec', 'dependsOn', index], message)
    }
  }
  return dependsOn.length === 0 ? {} : { dependsOn }
}

/** What is waited for stays as it is written: healthy is more than started. */
const bound = { required: true, restartWith: true } as const

function joinedNames({ namespaces = {} }: Spec, report: Report): ReadonlySet<string> {
  const names = Object.entries(namespaces).flatMap(([kind, sharing]) => {
    const name = joinedName(sharing as Sharing)
    if (name === null) return []
    if (reference.test(name)) return [name]
    const message = `spec.namespaces.${kind}: ${quote(name)} is no container's name; write container:name or container:project/name`
    report(['spec', 'namespaces', kind], message)
    return []
  })
  return new Set(names)
}

const word = '[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}'
const reference = new RegExp(`^(${word}/)?${word}$`)

function resolveOne(one: NonNullable<Spec['dependsOn']>[number], index: number, report: Report): Dependency {
  const fields = typeof one === 'string' ? { name: one } : one
  const { name, condition = 'started', required = true, restartWith = false } = fields
  const path = ['spec', 'dependsOn', index, ...(typeof one === 'string' ? [] : ['name'])]
  if (!reference.test(name)) {
    report(path, `spec.dependsOn.${index}: ${quote(name)} is no container's name; write name or project/name`)
  }
  if (restartWith && condition === 'completed') {
    report(
      ['spec', 'dependsOn', index, 'restartWith'],
      `spec.dependsOn.${index}.restartWith has no meaning with condition completed: what has completed is not restarted`,
      'key',
    )
  }
  return { name, condition, required, restartWith }
}
