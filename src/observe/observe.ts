import { setTimeout } from 'node:timers/promises'
import { listContainers } from '../dataroot/containers.ts'
import type { DataRootPaths } from '../dataroot/paths.ts'
import { liveWatchers } from '../dataroot/watchers.ts'
import type { DesiredState } from '../model/desired.ts'
import type { ObservedState } from '../model/observed.ts'
import { readBindSources } from './bind-sources.ts'
import { readCgroupMounts } from './cgroup-mounts.ts'
import { observeContainer, type SeenContainer, type Surroundings, unreadableContainer } from './container.ts'
import { observeImages } from './images.ts'
import { readKernelFeatures } from './kernel-features.ts'
import { readBootId } from './processes.ts'
import { observeVolumes } from './volumes.ts'

/** `procRoot`: `/proc`, or a tree that looks like it. `rootId` null: there is no data-root yet. */
export type ObserveDeps = {
  readonly paths: DataRootPaths
  readonly rootId: string | null
  readonly now: () => number
  readonly procRoot?: string
}

/** Everything of this host that a plan depends on. Reads only; what can't be read is unknown, never absent. */
export async function observe(deps: ObserveDeps, desired: DesiredState): Promise<ObservedState> {
  const around = surroundings(deps)
  const bindSources = readBindSources(desired)
  const containers = await settle(around, seeContainers(around))
  return {
    nowMs: around.nowMs,
    bootId: around.bootId,
    kernel: around.kernel,
    containers: containers.map(({ container }) => container),
    volumes: observeVolumes(deps.paths),
    operations: containers.flatMap(({ operation }) => (operation === null ? [] : [operation])),
    images: observeImages(deps.paths, [
      ...desired.containers,
      ...containers.map(({ container }) => container.declaration),
    ]),
    // pulls run in the process; cli/pulls.ts adds what it knows of them
    pullFailures: {},
    pullsDone: {},
    bindSources: await bindSources,
  }
}

function surroundings({ paths, rootId, now, procRoot = '/proc' }: ObserveDeps): Surroundings {
  const mounts = readCgroupMounts(procRoot)
  return {
    paths,
    rootId: rootId ?? '',
    procRoot,
    nowMs: now(),
    bootId: readBootId(procRoot),
    mounts,
    kernel: readKernelFeatures(procRoot, mounts),
    watchedSources: watchedSources(paths, procRoot),
  }
}

function watchedSources(paths: DataRootPaths, procRoot: string): ReadonlySet<string> {
  const watchers = liveWatchers(paths, procRoot)
  return new Set(watchers.ok ? watchers.value.map(({ source }) => source) : [])
}

function seeContainers(around: Surroundings): SeenContainer[] {
  const listing = listContainers(around.paths)
  if (!listing.ok) throw new Error(listing.error.message)
  const readable = listing.value.records.map(stored => observeContainer(around, stored))
  const unreadable = listing.value.torn.flatMap(torn => unreadableContainer(around, torn) ?? [])
  return [...readable, ...unreadable].sort((a, b) => (a.container.id < b.container.id ? -1 : 1))
}

const settleMs = 300
const settlePauseMs = 3

/**
 * A shim in the middle of a start or an end is done within milliseconds, and nothing else would wake the next pass when
 * it is: look again at those containers, for a bounded time.
 */
async function settle(around: Surroundings, seen: SeenContainer[]): Promise<SeenContainer[]> {
  let containers = seen
  for (let waitedMs = 0; waitedMs < settleMs && containers.some(({ settling }) => settling); ) {
    await setTimeout(settlePauseMs)
    waitedMs += settlePauseMs
    containers = containers.map(each => (each.settling ? observeContainer(around, each.stored) : each))
  }
  return containers
}
