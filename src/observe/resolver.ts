import type { Known, Result } from '../model/errors.ts'
import { known, unknown } from '../model/errors.ts'
import type { Unserved } from '../model/observed.ts'
import type { SeenResolver } from '../runtime/network.ts'
import type { SeenContainer } from './container.ts'

export type ReadResolver = () => Promise<Result<SeenResolver>>

/** Those of these that run, are on networks, and whom the resolver doesn't answer; undefined: there are no such, nobody is asked. */
export async function seeUnserved(
  read: ReadResolver,
  containers: readonly SeenContainer[],
): Promise<Known<readonly Unserved[]> | undefined> {
  const runs = containers.flatMap(({ container: { id, phase, endpoints = {} } }) =>
    phase.known && phase.value.phase === 'running' && Object.keys(endpoints).length > 0
      ? [{ id, process: phase.value.process }]
      : [],
  )
  if (runs.length === 0) return undefined
  const seen = await read()
  if (!seen.ok) return unknown(seen.error.message)
  const served = new Map(seen.value.served.map(one => [one.containerId, one]))
  return known(
    runs.filter(({ id, process }) => {
      const own = served.get(id)
      return own?.pid !== process.pid || own.startTicks !== process.startTicks
    }),
  )
}
