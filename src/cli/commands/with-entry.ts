import type { PsEntry } from '../../status/objects/state-word.ts'
import { type Context, giveUp } from '../context/context.ts'
import { rootRefusal } from '../context/privilege.ts'
import { withWorld } from '../loops/session.ts'
import { findEntry, psEntries } from '../views/entries.ts'
import { notHere } from '../views/not-here.ts'
import { nothingDesired } from '../views/recorded.ts'
import type { World } from '../world/wire.ts'

/** Opens the host for a change of one container, found by name or id. */
export async function withEntry(
  context: Context,
  name: string,
  act: (world: World, entry: PsEntry) => Promise<number>,
): Promise<number> {
  const unprivileged = rootRefusal()
  if (unprivileged !== null) return giveUp(context, unprivileged)
  return withWorld(context, async world => {
    const entries = psEntries(world, await world.observe(nothingDesired))
    const entry = findEntry(entries, name)
    return entry === null ? giveUp(context, notHere(name, entries)) : await act(world, entry)
  })
}
