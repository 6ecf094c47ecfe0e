import { containerPaths, volumePaths } from '../../dataroot/layout/paths.ts'
import { readHistory } from '../../dataroot/records/history.ts'
import { limitNames } from '../../model/limits.ts'
import { normalise } from '../../model/limits.ts'
import type { ObservedState } from '../../model/observed.ts'
import { readCgroupMounts } from '../../observe/cgroup-mounts.ts'
import { containerCgroup, limitFilePath } from '../../observe/limit-files.ts'
import { inspectObject, type Json } from '../../status/inspect.ts'
import { jsonText } from '../../status/json-text.ts'
import { volumesJson } from '../../status/json.ts'
import { pick } from '../../status/pick.ts'
import type { PsEntry } from '../../status/state-word.ts'
import { volumeUses } from '../../status/volumes.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { findEntry, psEntries } from '../views/entries.ts'
import { nothingDesired } from '../views/recorded.ts'
import { showOf } from '../output/show.ts'
import { notHere } from '../views/not-here.ts'
import { openView, type View } from '../world/wire.ts'

/** All facts of a container, else of a volume, as JSON; with a path the one value there, bare. */
export async function inspect(context: Context, name: string, path: string | null): Promise<number> {
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const observed = await view.value.observe(nothingDesired)
  const entries = psEntries(view.value, observed)
  const entry = findEntry(entries, name)
  const facts =
    entry === null ? volumeFacts(view.value, observed, name) : containerFacts(context, view.value, entry, observed)
  if (facts === null) return giveUp(context, notHere(name, entries))
  if (path === null) {
    context.screen.out(jsonText(facts))
    return exitCodes.done
  }
  const value = pick(facts, path)
  if (value === undefined) {
    const names = Object.keys(facts as object).join(', ')
    return giveUp(context, {
      exit: exitCodes.failed,
      message: `${name} has no "${path}"; on its top level are ${names}`,
    })
  }
  context.screen.out(value)
  return exitCodes.done
}

function containerFacts(context: Context, view: View, entry: PsEntry, observed: ObservedState): Json {
  const { id, declaration } = entry.container
  const mounts = readCgroupMounts('/proc')
  const facts = {
    entry,
    history: readHistory(view.paths, id),
    desiredLimits: normalise(declaration.limits, observed.kernel).limits,
    limitFile: (field: keyof typeof limitNames) =>
      view.rootId === null ? null : limitFilePath(mounts, containerCgroup(view.rootId, id), field),
    volumePath: (volume: string) => volumePaths(view.paths, volume).data,
    logPath: containerPaths(view.paths, id).log,
  }
  return inspectObject(facts, showOf(context))
}

function volumeFacts(view: View, observed: ObservedState, name: string): Json | null {
  const [volume] = volumesJson(
    volumeUses(observed.volumes, observed.containers).filter(use => use.volume.name === name),
  )
  if (volume === undefined) return null
  return { kind: 'volume', ...volume, path: volumePaths(view.paths, name).data }
}
