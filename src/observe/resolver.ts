import type { Known, Result } from '../model/errors.ts'
import { known, unknown } from '../model/errors.ts'
import type { LinkFault } from '../model/network-facts.ts'
import type { ObservedState, Unserved } from '../model/observed.ts'
import type { SeenResolver } from '../runtime/network.ts'
import type { SeenContainer } from './container.ts'

export type ReadResolver = () => Promise<Result<SeenResolver>>

type Seen = {
  readonly containers: readonly SeenContainer[]
  readonly names: Pick<ObservedState, 'unserved' | 'silentResolver'>
}

/** Whom the resolver is there for. */
export const runsOnNetworks = (containers: readonly SeenContainer[]): readonly Unserved[] =>
  containers.flatMap(({ container: { id, phase, endpoints = {} } }) =>
    phase.known && phase.value.phase === 'running' && Object.keys(endpoints).length > 0
      ? [{ id, process: phase.value.process }]
      : [],
  )

/** Who runs, is on networks, and isn't answered by the resolver; nobody is asked where there are no such. */
export async function seeServed(read: ReadResolver, containers: readonly SeenContainer[]): Promise<Seen> {
  const runs = runsOnNetworks(containers)
  if (runs.length === 0) return { containers, names: {} }
  const seen = await read()
  const unserved = unservedOf(seen, runs)
  const faults = faultsBy(seen, unserved)
  const asked = new Set(runs.map(({ id }) => id))
  const told = containers.map(one =>
    asked.has(one.container.id)
      ? { ...one, container: { ...one.container, serviceFaults: faults(one.container.id) } }
      : one,
  )
  const silent = seen.ok ? seen.value.silent : undefined
  return { containers: told, names: { unserved, ...(silent === undefined ? {} : { silentResolver: silent }) } }
}

function unservedOf(seen: Result<SeenResolver>, runs: readonly Unserved[]): Known<readonly Unserved[]> {
  if (!seen.ok) return unknown(seen.error.message)
  const served = new Map(seen.value.served.map(one => [one.containerId, one]))
  return known(
    runs.filter(({ id, process }) => {
      const own = served.get(id)
      return own?.pid !== process.pid || own.startTicks !== process.startTicks
    }),
  )
}

function faultsBy(seen: Result<SeenResolver>, unserved: Known<readonly Unserved[]>) {
  const lost = new Set(unserved.known ? unserved.value.map(({ id }) => id) : [])
  const fault: LinkFault = {
    field: 'names',
    desired: 'answered',
    kernel: seen.ok ? kernelText(seen.value) : '',
    text: '127.0.0.11 does not answer',
  }
  return (id: string): Known<readonly LinkFault[]> => (unserved.known ? known(lost.has(id) ? [fault] : []) : unserved)
}

function kernelText({ version, silent }: SeenResolver): string {
  if (silent !== undefined) return `resolver (pid ${silent}) hangs`
  return version === null ? 'no resolver' : 'not answered'
}
