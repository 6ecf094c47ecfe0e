import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { isLeftAlone, listContainers, readContainer, type StoredContainer } from '../dataroot/objects/containers.ts'
import { containerPaths, type DataRootPaths } from '../dataroot/layout/paths.ts'
import type { FoundRun } from '../dataroot/objects/repair.ts'
import { liveWatchers } from '../dataroot/sources/watchers.ts'
import type { DesiredState } from '../model/desired.ts'
import type { ContainerId } from '../model/identity.ts'
import type { ObservedState } from '../model/observed.ts'
import { seeBoundFiles } from './bound-files.ts'
import { readBindSources } from './bind-sources.ts'
import { readCgroupMounts } from './cgroup-mounts.ts'
import { observeContainer, type SeenContainer, type Surroundings, unreadableContainer } from './container.ts'
import { readDevices } from './devices.ts'
import { observeImages } from './images.ts'
import { readKernelFeatures } from './kernel-features.ts'
import { readUnmounted } from './mount-points.ts'
import { seeMounts } from './mounts.ts'
import { type ReadNames, readNamesOf } from './names.ts'
import { beginNetworks, type NetworkReaders, seeNetworks } from './networks.ts'
import { readBootId } from './processes.ts'
import { readOwnRun } from './run-look.ts'
import { unrecordedRuns } from './unrecorded-runs.ts'
import { observeVolumes } from './volumes.ts'

/** `procRoot`: `/proc`, or a tree that looks like it. `rootId` null: there is no data-root yet. */
export type ObserveDeps = {
  readonly paths: DataRootPaths
  readonly rootId: string | null
  readonly now: () => number
  readonly procRoot?: string
  /** missing: names are not looked at */
  readonly readNames?: ReadNames
  /** missing: links and rules are not looked at */
  readonly network?: NetworkReaders
}

/** Everything of this host that a plan depends on. Reads only; what can't be read is unknown, never absent. */
export const observe = async (deps: ObserveDeps, desired: DesiredState): Promise<ObservedState> =>
  stateOf(await lookAtAll(deps, desired))

/** What one look saw. */
export type Look = {
  readonly around: Surroundings
  readonly containers: readonly SeenContainer[]
  readonly rest: Pick<
    ObservedState,
    | 'kernel'
    | 'volumes'
    | 'images'
    | 'bindSources'
    | 'unmountedSources'
    | 'unrecorded'
    | 'networks'
    | 'subnets'
    | 'listeners'
    | 'ruleset'
    | 'noFilter'
    | 'noBridges'
    | 'unserved'
    | 'silentResolver'
    | 'proxied'
  >
}

export async function lookAtAll(deps: ObserveDeps, desired: DesiredState): Promise<Look> {
  const around = surroundings(deps)
  const begun = beginNetworks(around, deps.network, desired)
  const bindSources = readBindSources(desired)
  const unmountedSources = readUnmounted(around.procRoot, desired)
  const seen = seeContainers(around)
  const inside = await lookInside(around, await settle(around, seen.containers))
  // names, links and the resolver are asked at once
  const naming = deps.readNames === undefined ? null : readNamesOf(deps.readNames, inside)
  const connected = await seeNetworks(around, deps.network, begun, inside)
  const named = (await naming) ?? (one => one)
  const { containers, networks } = { ...connected, containers: connected.containers.map(named) }
  const declarations = containers.map(({ container }) => container.declaration)
  const rest = {
    kernel: { ...around.kernel, devices: readDevices([...desired.containers, ...declarations]) },
    volumes: observeVolumes(deps.paths),
    images: observeImages(deps.paths, [...desired.containers, ...declarations]),
    bindSources: await bindSources,
    unmountedSources: await unmountedSources,
    unrecorded: seen.unrecorded,
    ...networks,
  }
  return { around, containers, rest }
}

/** Those of these that are there and can be read. */
export function lookAtSome(around: Surroundings, ids: ReadonlySet<ContainerId>): Promise<SeenContainer[]> {
  const stored = [...ids].flatMap(id => readContainer(around.paths, id) ?? [])
  return lookInside(
    around,
    stored.map(each => observeContainer(around, each)),
  )
}

const lookInside = async (around: Surroundings, seen: readonly SeenContainer[]): Promise<SeenContainer[]> =>
  seeBoundFiles(around, await seeMounts(around, seen))

export const stateOf = ({ around, containers, rest }: Look): ObservedState => ({
  nowMs: around.nowMs,
  bootId: around.bootId,
  containers: containers.map(({ container }) => container),
  operations: containers.flatMap(({ operation }) => (operation === null ? [] : [operation])),
  // pulls run in the process; cli/pulls/pulls.ts adds what it knows of them
  pullFailures: {},
  pullsDone: {},
  ...rest,
})

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
    ownRun: readOwnRun(procRoot),
    watchedSources: watchedSources(paths, procRoot),
  }
}

function watchedSources(paths: DataRootPaths, procRoot: string): ReadonlySet<string> {
  const watchers = liveWatchers(paths, procRoot)
  return new Set(watchers.ok ? watchers.value.map(({ source }) => source) : [])
}

type Seen = {
  readonly containers: SeenContainer[]
  readonly unrecorded: NonNullable<ObservedState['unrecorded']>
}

function seeContainers(around: Surroundings): Seen {
  const listing = listContainers(around.paths)
  if (!listing.ok) throw new Error(listing.error.message)
  const { records, torn } = listing.value
  const runs = unrecordedRuns(
    around,
    records.map(({ record }) => record.id),
  )
  const left = new Set(torn.filter(isLeftAlone).map(({ id }) => id))
  const restorable = runs.filter(({ id }) => !left.has(id)).flatMap(run => copied(around, run) ?? [])
  const restored = new Set(restorable.map(({ record }) => record.id))
  const unreadable = torn
    .filter(({ id }) => !restored.has(id))
    .flatMap(
      each =>
        unreadableContainer(
          around,
          each,
          runs.find(({ id }) => id === each.id),
        ) ?? [],
    )
  const named = new Set([...restored, ...unreadable.map(({ container }) => container.id)])
  const containers = [...[...records, ...restorable].map(stored => observeContainer(around, stored)), ...unreadable]
  return {
    containers: containers.sort((a, b) => (a.container.id < b.container.id ? -1 : 1)),
    unrecorded: runs.flatMap(({ id, pid }) => {
      if (named.has(id) && !restored.has(id)) return []
      return { id, pid, record: restored.has(id) ? ('copied' as const) : ('lost' as const) }
    }),
  }
}

/** As the next pass restores it. */
function copied({ paths }: Surroundings, { id, record }: FoundRun): StoredContainer | null {
  return record === null ? null : { record, complete: true, deleting: existsSync(containerPaths(paths, id).deleting) }
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
