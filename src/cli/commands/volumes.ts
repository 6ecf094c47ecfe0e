import { removeVolume } from '../../dataroot/objects/volumes.ts'
import { lostRuns, type ObservedState } from '../../model/observed.ts'
import { volumesJson } from '../../status/json.ts'
import { lostRunText, lostRunWayOut } from '../../status/text/lost-run.ts'
import { subjectLine } from '../../status/passes/step.ts'
import { volumesTable, volumeUses } from '../../status/objects/volumes.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { takePassLock } from '../passes/pass-lock.ts'
import { nothingDesired } from '../views/recorded.ts'
import { sceneOf } from '../output/scene.ts'
import { showOf } from '../output/show.ts'
import { openView, openWorld, type World } from '../world/wire.ts'

export async function listVolumes(context: Context): Promise<number> {
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const { volumes, containers } = await view.value.observe(nothingDesired)
  const uses = volumeUses(volumes, containers)
  const show = showOf(context)
  answer(context, { text: () => volumesTable(uses, show), json: () => volumesJson(uses) })
  return exitCodes.done
}

/** Removes volumes with their data, each by its name in full or the first 12 digits of an anonymous one's. */
export async function removeVolumes(context: Context, names: readonly string[]): Promise<number> {
  const world = await openWorld(context)
  if (!world.ok) return giveUp(context, world.error)
  try {
    const lock = await takePassLock(
      world.value.core,
      context.paths.lock,
      line => context.screen.err(line),
      context.signal,
    )
    if (!lock.ok) return giveUp(context, lock.error)
    try {
      return await removeEach(context, world.value, names)
    } finally {
      lock.value.release()
    }
  } finally {
    world.value.close()
  }
}

async function removeEach(context: Context, world: World, names: readonly string[]): Promise<number> {
  const observed = await world.observe(nothingDesired)
  const removed: string[] = []
  const errors: string[] = []
  let code: number = exitCodes.done
  for (const given of new Set(names)) {
    const refusal = await removeOne(context, observed, given, removed)
    if (refusal === null) continue
    context.screen.err(refusal.message)
    errors.push(refusal.message)
    code = Math.max(code, refusal.exit)
  }
  if (observed.containers.length === 0) world.removeEmptyRunDir()
  const error = errors.length === 0 ? {} : { error: errors.join('\n') }
  if (context.options.output === 'json') context.screen.out(JSON.stringify({ removed, ...error }))
  return code
}

async function removeOne(context: Context, observed: ObservedState, given: string, removed: string[]) {
  const { volumes, containers } = observed
  const named = volumes.filter(({ name, anonymous }) => name === given || (anonymous && isStart(given, name)))
  const [use] = named.length === 1 ? volumeUses(named, containers) : []
  if (use === undefined) {
    return {
      exit: exitCodes.failed,
      message: `${given} is no volume of this data-root; \`reconcile volumes ls\` lists them`,
    }
  }
  const { name } = use.volume
  const [user] = use.usedBy
  if (user !== undefined) {
    return {
      exit: exitCodes.refused,
      message: `volume ${given} is used by container ${user}: remove that first; its data was kept`,
    }
  }
  const [lost] = lostRuns(observed)
  if (lost !== undefined) {
    return {
      exit: exitCodes.refused,
      message: `volume ${given} may be used by ${lostRunText(lost)}; ${lostRunWayOut(lost)}`,
    }
  }
  const result = await removeVolume(context.paths, name)
  if (!result.ok) return { exit: exitCodes.failed, message: `volume ${given} was not removed: ${result.error.message}` }
  removed.push(name)
  if (context.options.output === 'text') {
    context.screen.out(subjectLine('-', 'volume', name, 'removed', sceneOf(showOf(context), [name])))
  }
  return null
}

const isStart = (given: string, name: string): boolean => /^[0-9a-f]{12,64}$/.test(given) && name.startsWith(given)
