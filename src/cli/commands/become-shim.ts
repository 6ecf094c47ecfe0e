import { containerRunDir } from '../../dataroot/layout/paths.ts'
import { fullName } from '../../model/identity.ts'
import { stateText } from '../../status/objects/state-word.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { rootRefusal } from '../context/privilege.ts'
import { findEntry, psEntries } from '../views/entries.ts'
import { notHere } from '../views/not-here.ts'
import { nothingDesired } from '../views/recorded.ts'
import { shimFile } from '../world/native-core.ts'
import { openView } from '../world/wire.ts'

/**
 * Becomes the shim's program with a verb for a container that runs: what that reads and writes, its signals and its exit code are
 * the caller's own. Returns only when that can't be.
 */
export async function becomeShim(
  context: Context,
  name: string,
  verb: 'exec' | 'attach',
  words: readonly string[],
): Promise<number> {
  const unprivileged = rootRefusal()
  if (unprivileged !== null) return giveUp(context, unprivileged)
  const shim = shimFile()
  if (!shim.ok) return giveUp(context, shim.error)
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const entries = psEntries(view.value, await view.value.observe(nothingDesired))
  const entry = findEntry(entries, name)
  const { rootId } = view.value
  if (entry === null || rootId === null) return giveUp(context, notHere(name, entries))
  const { id, declaration, phase } = entry.container
  if (!phase.known || phase.value.phase !== 'running') {
    const message = `${fullName(declaration.name)} does not run: ${phase.known ? stateText(entry, Date.now()) : phase.why}`
    return giveUp(context, { exit: exitCodes.failed, message })
  }
  const runDir = containerRunDir(context.paths, rootId, id)
  process.execve?.(shim.value, ['reconcile-shim', verb, runDir, ...words], process.env)
  return exitCodes.failed
}
