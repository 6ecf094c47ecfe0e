import type { Names, SeenNames } from '../model/run-facts.ts'
import type { ContainerSpec } from '../model/desired.ts'
import type { ProcessIdentity } from '../model/identity.ts'
import type { SeenContainer } from './container.ts'

/** In the order of the processes; null: it can't be read. */
export type ReadNames = (processes: readonly ProcessIdentity[]) => Promise<readonly (Names | null)[]>

/** What those of what runs are called that have a name of their own: how each of them is seen with it. */
export async function readNamesOf(
  read: ReadNames,
  seen: readonly SeenContainer[],
): Promise<(one: SeenContainer) => SeenContainer> {
  const runs = seen.flatMap(({ container: { id, phase, declaration, look } }) => {
    const runs = phase.known && phase.value.phase === 'running' && declaration.spec.namespaces.uts === 'private'
    return runs && look?.known === true ? [{ id, process: phase.value.process }] : []
  })
  if (runs.length === 0) return one => one
  const names = await read(runs.map(({ process }) => process))
  const found = new Map(runs.map(({ id }, index) => [id, names[index] ?? null]))
  return one => named(one, found.get(one.container.id) ?? null)
}

function named(one: SeenContainer, kernel: Names | null): SeenContainer {
  const { look, declaration, id } = one.container
  if (kernel === null || look?.known !== true) return one
  const names: SeenNames = { given: givenNames(declaration.spec, id), kernel }
  return { ...one, container: { ...one.container, look: { known: true, value: { ...look.value, names } } } }
}

/** With the host's network it was called as the host was then, which may have changed. */
const givenNames = ({ hostname, domainname, namespaces }: ContainerSpec, id: string): Partial<Names> => ({
  domainname,
  ...(hostname === null && namespaces.net === 'host' ? {} : { hostname: hostname ?? id.slice(0, 12) }),
})
