import { updateVolume } from '../../dataroot/objects/volumes.ts'
import type { DesiredSource } from '../../model/desired.ts'
import type { Context } from '../context/context.ts'
import { takePassLock } from './pass-lock.ts'
import { nothingDesired } from '../views/recorded.ts'
import { isFromSources } from './undeclared.ts'
import type { World } from '../world/wire.ts'

/** The volumes that `down` keeps belong to nobody, so that the next source which declares them may have them. */
export async function giveUpVolumes(context: Context, world: World, sources: readonly DesiredSource[]): Promise<void> {
  const say = (line: string) => context.screen.err(line)
  const lock = await takePassLock(world.core, context.paths.lock, say, context.signal)
  if (!lock.ok) return say(lock.error.message)
  try {
    const { volumes } = await world.observe(nothingDesired)
    for (const { name, anonymous, removal, labels, origin } of volumes) {
      if (anonymous || !isFromSources(origin, sources)) continue
      const given = updateVolume(context.paths, { version: 1, name, anonymous, removal, labels, origin: null })
      if (!given.ok) say(given.error.message)
    }
  } finally {
    lock.value.release()
  }
}
