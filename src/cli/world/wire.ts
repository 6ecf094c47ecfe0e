import { mkdirSync, rmdirSync } from 'node:fs'
import { execute } from '../../converge/executors.ts'
import { readHeldCapabilities } from '../../converge/held-capabilities.ts'
import {
  containerRunDir,
  dataRootPaths,
  proxyDir,
  resolverDir,
  rootRunDir,
  type DataRootPaths,
} from '../../dataroot/layout/paths.ts'
import { openRoot, probeRoot } from '../../dataroot/layout/root.ts'
import { writeHealth } from '../../dataroot/records/health.ts'
import { readRunState } from '../../dataroot/records/run-state.ts'
import { settleDriver } from '../../dataroot/layout/storage-driver.ts'
import { onlyAbout } from '../../model/action.ts'
import type { BindMount, ContainerSpec, DesiredState } from '../../model/desired.ts'
import { fail, ok, type Failure, type Result } from '../../model/errors.ts'
import type { ContainerId, ProcessIdentity } from '../../model/identity.ts'
import type { Names } from '../../model/run-facts.ts'
import type { Extent, ObservedState } from '../../model/observed.ts'
import type { StepFacts } from '../../model/outcome.ts'
import type { Step } from '../../model/plan.ts'
import { readCgroupMounts } from '../../observe/cgroup-mounts.ts'
import { parentCgroup, type Scope, scopeOf } from '../../observe/cgroup-places.ts'
import { observe, type ObserveDeps } from '../../observe/observe.ts'
import type { NetworkReaders } from '../../observe/networks.ts'
import { Observer } from '../../observe/observer.ts'
import { readBoundFiles } from '../../observe/file-content.ts'
import { foreignMountOf } from '../../observe/foreign.ts'
import { readGivenRun } from '../../observe/run-look.ts'
import type { Core, CoreEvent, Lock } from '../../runtime/core.ts'
import { listRuleset, nftOf, spawnNft } from '../../runtime/nft.ts'
import { ensureScope } from '../../runtime/systemd-scope.ts'
import { vfsNote } from '../../status/host/storage.ts'
import type { Context, Refused } from '../context/context.ts'
import { exitCodes, refused } from '../context/context.ts'
import type { GlobalOptions } from '../context/options.ts'
import { openNativeCore } from './native-core.ts'
import type { AskOnce } from './own-core.ts'
import { systemTimers } from '../context/system-timers.ts'
import { rootRefusal } from '../context/privilege.ts'
import { type PullOne, Pulls } from '../pulls/pulls.ts'
import { runProbe } from '../../runtime/probe.ts'
import { Probes } from './probes.ts'
import { RunWatches, type Watching } from './run-watches.ts'

/** The host as read-only commands see it: no lock, no core, no data-root needed. */
export type View = {
  readonly paths: DataRootPaths
  /** null: there is no data-root yet */
  readonly rootId: string | null
  readonly observe: (desired: DesiredState) => Promise<ObservedState>
}

/** The host as passes change it. */
export type World = Omit<View, 'observe'> & {
  readonly rootId: string
  readonly core: Core
  /** Missing: all. */
  readonly observe: (desired: DesiredState, extent?: Extent) => Promise<ObservedState>
  readonly execute: (step: Step) => Promise<Result<StepFacts>>
  readonly watches: RunWatches
  /** to be closed before the world is */
  readonly pulls: Pulls
  readonly probes: Probes
  /** Under the pass lock, before a pass and after one: the root's run directory is there while something may run. */
  readonly makeRunDir: () => void
  readonly removeEmptyRunDir: () => void
  readonly close: () => void
}

const now = () => Date.now()

/** `ask` missing: names and networks are as recorded; to see them takes a core */
export function openView({ paths }: Context, ask?: AskOnce): Result<View, Refused> {
  const root = probeRoot(paths)
  if (!root.ok) return fail(refusalOf(root.error))
  return ok(viewOf(paths, root.value?.rootId ?? null, ask))
}

/** A host on which nothing of ours is: the place that nobody may make. */
export const emptyView = ({ paths }: Context): View => viewOf(dataRootPaths('/nonexistent', paths.run), null)

const viewOf = (paths: DataRootPaths, rootId: string | null, ask?: AskOnce): View => ({
  paths,
  rootId,
  observe: desired => observe({ paths, rootId, now, ...asked(paths, rootId, ask) }, desired),
})

function asked(paths: DataRootPaths, rootId: string | null, ask?: AskOnce): Partial<ObserveDeps> {
  if (ask === undefined) return {}
  const { readNames, readLinks, readsRules, lookAtResolver, lookAtProxy } = ask
  if (readLinks === null) return { readNames }
  // whether there can be rules at all is to be known before there is a data-root, too
  const readRuleset = () => listRuleset(spawnNft, rootId ?? 'none')
  const readResolver = () => lookAtResolver(resolverDir(paths, rootId ?? 'none'))
  const readProxy = () => lookAtProxy(proxyDir(paths, rootId ?? 'none'))
  return { readNames, network: { readLinks, readResolver, readProxy, ...(readsRules ? { readRuleset } : {}) } }
}

/** Opens the data-root (made where there is none), the core, and the lock that keeps a dockerd away. */
export async function openWorld({ paths, options, screen }: Context): Promise<Result<World, Refused>> {
  const unprivileged = rootRefusal()
  if (unprivileged !== null) return fail(unprivileged)
  const root = openRoot(paths, { create: true })
  if (!root.ok) return fail(refusalOf(root.error))
  const { rootId } = root.value
  const tree = readCgroupMounts('/proc')
  const scope = scopeOf(tree, rootId)
  const native = await openNativeCore({
    rootId,
    runDir: paths.run,
    probeDir: paths.own,
    cgroupParent: parentCgroup(tree, rootId),
    shimCgroup: scope?.shims ?? null,
  })
  if (!native.ok) return native
  const { core } = native.value
  const shared = holdVolumes(paths, core)
  if (!shared.ok) {
    core.close()
    return shared
  }
  const settled = settleStorage(paths, core, line => screen.err(line))
  if (!settled.ok) {
    shared.value.release()
    core.close()
    return settled
  }
  return ok(worldOf(paths, rootId, core, { shared: shared.value, options, scope }))
}

/** A dockerd holds this file exclusively while it lives, so a shared lock keeps it from starting on our data-root. */
function holdVolumes(paths: DataRootPaths, core: Core): Result<Lock, Refused> {
  const lock = core.lock(paths.metadataDb, 'shared', true)
  if (lock.ok) return lock
  if (lock.error.code !== 'E_BUSY') return fail(refusalOf(lock.error))
  return fail(
    refused(
      `a dockerd uses ${paths.root} (it holds ${paths.metadataDb}); stop it, or name another place with --root. ` +
        'Nothing was changed.',
    ),
  )
}

/** Said once: when a data-root begins to store whole copies. */
function settleStorage(paths: DataRootPaths, core: Core, say: (line: string) => void): Result<void, Refused> {
  const settled = settleDriver(paths, core.features)
  if (!settled.ok) return fail(refusalOf(settled.error))
  if (settled.value.isNew && settled.value.driver === 'vfs') say(vfsNote(paths.root, core.features.overlayWhy))
  return ok(undefined)
}

type Rest = { readonly shared: Lock; readonly options: GlobalOptions; readonly scope: Scope | null }

function worldOf(paths: DataRootPaths, rootId: string, core: Core, { shared, options, scope }: Rest): World {
  const pulls = openPulls(paths, core, options)
  const deps = {
    paths,
    rootId,
    core,
    now,
    heldCapabilities: readHeldCapabilities('/proc'),
    readRunFacts: (pid: number, spec: ContainerSpec) => readGivenRun('/proc', pid, spec),
    makeCgroupRoom: async () =>
      scope === null ? ok(undefined) : ensureScope({ ...scope, description: `containers of ${paths.root}` }),
    readBoundFiles: (mounts: readonly BindMount[]) => readBoundFiles(mounts, now),
    beginPull: (reference: string) => pulls.begin(reference),
  }
  const observer = new Observer({
    paths,
    rootId,
    now,
    readNames: processes => readNames(core, processes),
    network: networkReaders(core, rootId),
  })
  const touch = (id: ContainerId | null) => (id === null ? observer.forget() : observer.mark(id))
  const probes = openProbes(paths, rootId)
  probes.onNews(({ id }) => touch(id))
  const runOf = (id: ContainerId) => {
    const state = readRunState(paths, rootId, id)
    return state.known ? state.value : null
  }
  const watches = new RunWatches(localWatches(core), runOf, touch)
  core.onEvent(event => {
    if (isOfAll(event)) observer.forget()
    else if (event.type === 'mounts' && event.path !== undefined) {
      watches.renew(event.path)
      observer.markSource(event.path)
    } else touch(event.containerId)
  })
  return {
    paths,
    rootId,
    core,
    pulls,
    probes,
    observe: async (desired, extent = 'all') => {
      const { operations, ...known } = pulls.seen()
      const observed = await observer.observe(desired, extent)
      return { ...observed, ...known, operations: [...observed.operations, ...operations] }
    },
    execute: step => {
      touch(onlyAbout(step.action))
      return execute(deps, step)
    },
    watches,
    makeRunDir: () => void mkdirSync(rootRunDir(paths, rootId), { recursive: true, mode: 0o700 }),
    removeEmptyRunDir: () => removeIfEmpty(rootRunDir(paths, rootId)),
    close: () => {
      probes.close()
      shared.release()
      core.close()
    },
  }
}

type EventOfAll = Extract<CoreEvent, { readonly type: 'overflow' | 'ruleset' | 'resolver' | 'proxy' }>
const isOfAll = (event: CoreEvent): event is EventOfAll =>
  event.type === 'overflow' || event.type === 'ruleset' || event.type === 'resolver' || event.type === 'proxy'

/** Nothing of images and registries is loaded before the first pull. */
function openPulls(paths: DataRootPaths, core: Core, options: GlobalOptions): Pulls {
  let opened: Result<PullOne> | null = null
  const pullOne: PullOne = async (reference, onProgress, signal) => {
    const { puller } = await import('../pulls/pull-one.ts')
    if (opened === null || !opened.ok) opened = puller(paths, core, options, signal)
    return opened.ok ? opened.value(reference, onProgress, signal) : opened
  }
  return new Pulls(pullOne, { nowMs: now, every })
}

const openProbes = (paths: DataRootPaths, rootId: string): Probes =>
  new Probes({
    nowMs: now,
    timers: systemTimers,
    run: (id, check, signal) => runProbe(containerRunDir(paths, rootId, id), check, signal),
    // what can't be written is learned again by the next probe
    write: (id, record) => void writeHealth(paths, id, record),
  })

function every(ms: number, callback: () => void): () => void {
  const timer = setInterval(callback, ms)
  return () => clearInterval(timer)
}

function unreadable({ errno, message }: Failure): Refused {
  const isPrivate = errno === 'EACCES' && process.geteuid?.() !== 0
  return { exit: exitCodes.failed, message: isPrivate ? `${message}; root may` : message, isUnreadable: isPrivate }
}

const networkReaders = (core: Core, rootId: string): NetworkReaders => ({
  readLinks: containers => core.links(containers, true),
  readRuleset: () => listRuleset(nftOf(core), rootId),
  readResolver: () => core.resolver([]),
  readProxy: () => core.proxy([]),
})

const readNames = async (core: Core, processes: readonly ProcessIdentity[]): Promise<readonly (Names | null)[]> => {
  const read = await core.names(processes)
  return read.ok ? read.value : []
}

/** A watch on what may never answer is left to the sweep: to ask for it is to ask there. */
const localWatches = (core: Core): Watching => ({
  watch: core.watch,
  watchNetwork: core.watchNetwork,
  watchPaths: paths => core.watchPaths(paths.filter(path => foreignMountOf(path) === null)),
  watchPathAnew: path => void (foreignMountOf(path) === null && core.watchPathAnew(path)),
})

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch {
    // something runs, or it is gone already
  }
}

const refusalOf = (error: Failure): Refused => (error.code === 'E_IO' ? unreadable(error) : refused(error.message))
