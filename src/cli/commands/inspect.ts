import { containerPaths, volumePaths } from '../../dataroot/layout/paths.ts'
import { readHistory } from '../../dataroot/records/history.ts'
import { limitNames } from '../../model/limits.ts'
import { normalise } from '../../model/limits.ts'
import { fullName } from '../../model/identity.ts'
import type { ObservedState } from '../../model/observed.ts'
import { readCgroupMounts } from '../../observe/cgroup-mounts.ts'
import { containerCgroup } from '../../observe/cgroup-places.ts'
import { limitFilePath } from '../../observe/limit-files.ts'
import { fieldRows, fieldTable, type Wanted } from '../../status/objects/fields.ts'
import { inspectObject, type Json } from '../../status/objects/inspect.ts'
import { jsonText } from '../../status/text/json-text.ts'
import { volumesJson } from '../../status/json.ts'
import { pick } from '../../status/objects/pick.ts'
import type { PsEntry } from '../../status/objects/state-word.ts'
import { volumeUses } from '../../status/objects/volumes.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { findEntry, psEntries } from '../views/entries.ts'
import { nothingDesired } from '../views/recorded.ts'
import { showOf } from '../output/show.ts'
import { withStartSources } from '../views/start-sources.ts'
import { readItsFile } from '../manifests/its-file.ts'
import { notHere } from '../views/not-here.ts'
import { askLinksOnce } from '../world/own-core.ts'
import { openView, type View } from '../world/wire.ts'

/** All facts of a container, else of a volume, as JSON; with a path the one value there, bare. */
export async function inspect(context: Context, name: string, path: string | null): Promise<number> {
  const view = openView(context, askLinksOnce)
  if (!view.ok) return giveUp(context, view.error)
  const observed = await view.value.observe(nothingDesired)
  const entries = psEntries(view.value, await withStartSources(observed))
  const entry = findEntry(entries, name)
  const wanted = entry === null ? null : await wantedOf(context, entry, observed)
  if (entry !== null && path === 'fields' && context.options.output === 'text') {
    context.screen.out(fieldTable(fieldRows(entry.container, wanted)))
    return exitCodes.done
  }
  const facts =
    entry === null ? volumeFacts(view.value, observed, name) : containerFacts(context, view.value, entry, wanted)
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

/** As its manifest says it now; null: that can't be read, or says nothing of it any more. */
async function wantedOf(context: Context, { container }: PsEntry, { kernel }: ObservedState): Promise<Wanted> {
  const desired = await readItsFile(context, container.origin)
  const name = fullName(container.declaration.name)
  const found = desired?.containers.find(one => fullName(one.name) === name)
  return found === undefined ? null : { container: found, limits: normalise(found.limits, kernel).limits }
}

function containerFacts(context: Context, view: View, entry: PsEntry, wanted: Wanted): Json {
  const { id } = entry.container
  const mounts = readCgroupMounts('/proc')
  const facts = {
    entry,
    history: readHistory(view.paths, id),
    wanted,
    limitFile: (field: keyof typeof limitNames) =>
      view.rootId === null ? null : limitFilePath(mounts, containerCgroup(mounts, view.rootId, id), field),
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
