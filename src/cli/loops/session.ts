import type { Show } from '../../status/text/show.ts'
import { type Context, giveUp } from '../context/context.ts'
import { type Manifests, openManifests, type Reading } from '../manifests/manifests.ts'
import { Historian } from '../passes/historian.ts'
import { refuseAllMissing } from '../manifests/missing-sources.ts'
import { rootRefusal } from '../context/privilege.ts'
import { showOf } from '../output/show.ts'
import { openWorld, type World } from '../world/wire.ts'

/** What a command has that makes the host be as manifests say. */
export type Session = {
  readonly context: Context
  readonly world: World
  readonly manifests: Manifests
  /** the first reading */
  readonly reading: Reading
  readonly history: Historian
  readonly show: () => Show
  /** remarks that belong to no answer */
  readonly say: (line: string) => void
}

/** Reads the manifests first, so that a mistyped name makes no data-root, then opens the host for changes. */
export async function withSession(
  context: Context,
  paths: readonly string[],
  use: 'watch' | 'once',
  act: (session: Session) => Promise<number>,
): Promise<number> {
  const unprivileged = rootRefusal()
  if (unprivileged !== null) return giveUp(context, unprivileged)
  const manifests = await openManifests(context, paths, use)
  const reading = await manifests.read()
  const missing = refuseAllMissing(context, reading)
  if (missing !== null) return missing
  return withWorld(context, async world => {
    const show = () => showOf(context, manifests.display)
    const say = (line: string) => context.screen.err(line)
    const history = new Historian({ paths: context.paths, show, now: Date.now, onFailure: say })
    return await act({ context, world, manifests, reading, history, show, say })
  })
}

/** Opens the host for changes, and closes it again. */
export async function withWorld(context: Context, act: (world: World) => Promise<number>): Promise<number> {
  const opened = await openWorld(context)
  if (!opened.ok) return giveUp(context, opened.error)
  try {
    return await act(opened.value)
  } finally {
    await opened.value.pulls.close()
    opened.value.close()
  }
}
