// What a model host does with the mounts of its processes.
import type { Action } from '../../src/model/action.ts'
import type { BoundFile } from '../../src/model/bound-file.ts'
import type { Mount } from '../../src/model/desired.ts'
import type { MountsChange } from '../../src/model/mount-change.ts'
import type { MountDrift } from '../../src/model/mount-drift.ts'
import { recordedMounts } from '../../src/model/recorded-mounts.ts'
import type { World } from './model-actions.ts'
import type { ModelContainer } from './model-containers.ts'
import { isStillBound } from './model-files.ts'

/** New mounts last: what fails among them is left to the next pass. */
export function changeMounts(
  world: World,
  container: ModelContainer,
  { away, put }: MountsChange,
  record: () => null,
): string | null {
  const before = recordedMounts(container)
  record()
  const { run } = container
  if (run === null) return 'it does not run'
  const after = recordedMounts(container)
  run.bound = stillBound(run.bound, after)
  for (const { target } of before)
    if (!hasTarget(after, target) && !hasTarget(mountsOf(away), target))
      world.violations.push(`${target} stays mounted although nobody declares it`)
  const changed = after.filter(mount => !before.some(one => shown(one) === shown(mount)))
  const due = [...changed, ...after.filter(({ target }) => hasTarget(mountsOf(away), target))]
  run.mountDrifts = [
    ...without(run.mountDrifts, due).filter(one => hasTarget(after, one.mount.target)),
    ...due.map(missing),
  ]
  for (const { mount } of put) {
    const failure = mountFailure(world, container, mount)
    if (failure !== null) return failure
    run.mountDrifts = without(run.mountDrifts, [mount])
  }
  return null
}

/** `record` null: what goes is gone, and the record is the old one; else what comes isn't there yet. */
export function tearMounts(container: ModelContainer, { away, put }: MountsChange, record: (() => null) | null): void {
  record?.()
  const { run } = container
  if (run === null) return
  run.bound = stillBound(run.bound, recordedMounts(container))
  const gone = mountsOf(record === null ? away : put.filter(({ edit }) => edit === 'attach'))
  const left = without(run.mountDrifts, gone).filter(one => hasTarget(recordedMounts(container), one.mount.target))
  run.mountDrifts = [...left, ...gone.map(missing)]
}

/** Files that it is asked about: those of its record. */
const stillBound = (files: readonly BoundFile[], mounts: readonly Mount[]): BoundFile[] =>
  files.filter(file => isStillBound(file, mounts))

/** What the kernel has of it. */
const shown = (mount: Mount): string =>
  JSON.stringify({ ...mount, noCopy: null, createSource: null, requireMount: null })

const mountsOf = (some: readonly { readonly mount: Mount }[]): Mount[] => some.map(({ mount }) => mount)
const hasTarget = (mounts: readonly Mount[], target: string): boolean => mounts.some(one => one.target === target)
const missing = (mount: Mount): MountDrift => ({ mount, fault: { kind: 'missing' } })
const without = (drifts: readonly MountDrift[], some: readonly Mount[]): MountDrift[] =>
  drifts.filter(({ mount }) => !hasTarget(some, mount.target))

/** What is mounted anew takes with it what was mounted below. */
export function repairMount(
  world: World,
  container: ModelContainer,
  { process, mount, edit }: Extract<Action, { kind: 'repair-mount' }>,
): string | null {
  const { run } = container
  if (run === null || run.pid !== process.pid) return 'its process is no more'
  const failure = mountFailure(world, container, mount)
  if (failure !== null) return failure
  const left = run.mountDrifts.filter(drift => drift.mount.target !== mount.target)
  const below =
    edit === 'options' ? [] : recordedMounts(container).filter(one => one.target.startsWith(`${mount.target}/`))
  const gone = below.map(one => ({ mount: one, fault: { kind: 'missing' as const } }))
  run.mountDrifts = [...left.filter(drift => !below.some(({ target }) => target === drift.mount.target)), ...gone]
  return null
}

/** Its source, which is made where the manifest says so; null, or why there is none. */
function mountFailure(world: World, container: ModelContainer, mount: Mount): string | null {
  if (lacksVolume(world, container, mount)) {
    world.violations.push(`${mount.target} mounted before its volume was there`)
    return 'no such volume'
  }
  if (mount.type !== 'bind' || !isAbsent(world, mount.source)) return null
  if (!mount.createSource) return `no bind source ${mount.source}`
  world.bindSources[mount.source] = { known: true, value: 'directory' }
  return null
}

const isAbsent = (world: World, path: string): boolean => {
  const source = world.bindSources[path]
  return source?.known === true && source.value === 'absent'
}

export const lacksVolume = (world: World, { anonymousVolumes }: ModelContainer, mount: Mount): boolean =>
  mount.type === 'volume' && !world.volumes.has(mount.name ?? anonymousVolumes[mount.target] ?? '')
