import { containerRoot } from '../dataroot/images/container-layers.ts'
import { imagePaths, volumePaths } from '../dataroot/layout/paths.ts'
import type { Mount } from '../model/desired.ts'
import { ok, type Result } from '../model/errors.ts'
import type { ProcessIdentity } from '../model/identity.ts'
import type { MountsChange } from '../model/mount-change.ts'
import type { StepWarning } from '../model/outcome.ts'
import type { ContainerRecord } from '../model/record.ts'
import { recordedVolume } from '../model/recorded-mounts.ts'
import type { ConvergeDeps } from './deps.ts'
import { fillVolume } from './fill-volumes.ts'
import { keepNewFiles } from './keep-files.ts'
import { recordedPlanMount } from './mount-source.ts'
import { planMount } from './mounts.ts'
import { mountAndKeep } from './run-facts.ts'

type Running = { readonly process: ProcessIdentity; readonly record: ContainerRecord }

/** What new volumes begin with, before anything of theirs is shown. */
export async function fillNewVolumes(
  deps: ConvergeDeps,
  record: ContainerRecord,
  { put }: MountsChange,
): Promise<Result<readonly StepWarning[]>> {
  const warnings: StepWarning[] = []
  for (const { mount, before } of put) {
    if (mount.type !== 'volume' || record.image === null || isSameVolume(mount, before)) continue
    const root = containerRoot(imagePaths(deps.paths), record.id)
    if (!root.ok) return root
    const filled = await fillVolume(deps, record, mount, root.value.shown)
    if (!filled.ok) return filled
    warnings.push(...filled.value.map(message => ({ field: 'spec.mounts', message })))
  }
  return ok(warnings)
}

const isSameVolume = (mount: Mount & { readonly type: 'volume' }, before: Mount | null): boolean =>
  before?.type === 'volume' && before.name === mount.name

/** Deepest first. What is there and isn't what was recorded ends it. */
export async function takeAway(
  { paths, core }: ConvergeDeps,
  { process, record }: Running,
  { away }: MountsChange,
): Promise<Result<readonly StepWarning[]>> {
  const warnings: StepWarning[] = []
  for (const { mount, edit } of away) {
    if (edit === null) continue
    const name = mount.type === 'volume' ? recordedVolume(record, mount) : null
    const source = mount.type === 'bind' ? mount.source : name === null ? '' : volumePaths(paths, name).data
    const gone = await core.mount({ containerId: record.id, process, edit, mount: planMount(mount, source) })
    if (!gone.ok) return gone
    if (gone.value.busy)
      warnings.push({
        field: `mount ${mount.target}`,
        message: 'was in use: what is open there stays open until it is closed',
      })
  }
  return ok(warnings)
}

/** Parents first, as the record now says. What fails is left to the next pass, with all that comes after it. */
export async function putThere(
  deps: ConvergeDeps,
  { process, record }: Running,
  change: MountsChange,
): Promise<Result<void>> {
  await keepNewFiles(deps, record, change)
  for (const { mount, edit } of change.put) {
    const made = recordedPlanMount(deps, record, mount)
    if (!made.ok) return made
    const done = await mountAndKeep(deps, record, process, { edit, mount, made: made.value })
    if (!done.ok) return done
  }
  return ok(undefined)
}
